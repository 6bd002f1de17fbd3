package form

import (
	"encoding/json"
	"strconv"
)

// Flatten gives the values of a content by their flat names, as a page or a flag would
// have given them: what Nest takes. A text has its language beside it. What is no JSON
// object has none.
func Flatten(content any) map[string][]string {
	flat := map[string][]string{}
	raw, err := json.Marshal(content)
	var m map[string]any
	if err != nil || json.Unmarshal(raw, &m) != nil {
		return flat
	}
	flatten(flat, "", m)
	return flat
}

func flatten(flat map[string][]string, name string, v any) {
	below := func(key string) string {
		if name == "" {
			return key
		}
		return name + "." + key
	}
	switch v := v.(type) {
	case map[string]any:
		text, isText := v["text"].(string)
		if language, ok := v["language"].(string); ok && isText && len(v) == 2 {
			flat[name], flat[below("language")] = []string{text}, []string{language}
			return
		}
		for key, x := range v {
			flatten(flat, below(key), x)
		}
	case []any:
		for i, x := range v {
			if s, ok := plainValue(x); ok {
				flat[name] = append(flat[name], s)
			} else {
				flatten(flat, below(strconv.Itoa(i)), x)
			}
		}
	default:
		if s, ok := plainValue(v); ok {
			flat[name] = []string{s}
		}
	}
}

func plainValue(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}
