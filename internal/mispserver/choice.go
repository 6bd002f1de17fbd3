package mispserver

import (
	"encoding/json"
	"strings"
	"time"

	"parley.example/parley"
)

// choice is what one filter wants: one of any, each of all, none of not. A word may
// have % where anything can stand.
type choice struct{ any, all, not []string }

// maxWords bounds the words of one filter.
const maxWords = 10_000

func (c choice) empty() bool { return len(c.any)+len(c.all)+len(c.not) == 0 }

// parseChoice reads a word, a list of words, or {"OR":[],"AND":[],"NOT":[]}; in a word
// && separates several and ! stands before one that is not wanted.
func parseChoice(name string, raw json.RawMessage) (c choice, err error) {
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) == nil && m != nil {
		for key, list := range m {
			switch strings.ToUpper(key) {
			case "OR":
				c.any = append(c.any, texts(list)...)
			case "AND":
				c.all = append(c.all, texts(list)...)
			case "NOT":
				c.not = append(c.not, texts(list)...)
			default:
				return c, parley.E(parley.Invalid, "%s has %.40q: want OR, AND and NOT", name, key)
			}
		}
	} else {
		for _, text := range texts(raw) {
			for word := range strings.SplitSeq(text, "&&") {
				if word, ok := strings.CutPrefix(word, "!"); ok {
					c.not = append(c.not, word)
				} else if word != "" && word != "null" {
					c.any = append(c.any, word)
				}
			}
		}
	}
	if len(c.any)+len(c.all)+len(c.not) > maxWords {
		return c, parley.E(parley.Invalid, "%s has more than %d words", name, maxWords)
	}
	return c, nil
}

// fits says whether what something is called by is wanted.
func (c choice) fits(names ...string) bool {
	has := func(word string) bool {
		for _, n := range names {
			if like(word, n) {
				return true
			}
		}
		return false
	}
	for _, w := range c.not {
		if has(w) {
			return false
		}
	}
	for _, w := range c.all {
		if !has(w) {
			return false
		}
	}
	for _, w := range c.any {
		if has(w) {
			return true
		}
	}
	return len(c.any) == 0
}

// like compares without case; % stands for anything. Its time is bounded by the
// product of the lengths.
func like(pattern, text string) bool {
	if !strings.Contains(pattern, "%") {
		return strings.EqualFold(pattern, text)
	}
	parts := strings.Split(strings.ToLower(pattern), "%")
	rest := strings.ToLower(text)
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(rest, first) {
		return false
	}
	rest = rest[len(first):]
	for _, p := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}

// span is a stretch of time, both ends included; zero is no bound.
type span struct{ from, until time.Time }

func (s span) fits(t time.Time) bool {
	return (s.from.IsZero() || !t.Before(s.from)) && (s.until.IsZero() || !t.After(s.until))
}

// parseSpan reads since when, or from when until when: seconds since 1970, a time of
// RFC 3339, a day, or how long ago ("30d", "12h", "45m").
func parseSpan(name string, raw json.RawMessage, now time.Time) (s span, err error) {
	all := texts(raw)
	if len(all) > 2 || len(all) == 0 {
		return s, parley.E(parley.Invalid, "%s: want one time or two", name)
	}
	if s.from, err = parseWhen(name, all[0], now); err == nil && len(all) == 2 {
		s.until, err = parseWhen(name, all[1], now)
	}
	if !s.until.IsZero() && s.until.Before(s.from) { // "from 3d to 5d ago" in either order
		s.from, s.until = s.until, s.from
	}
	return s, err
}

func parseWhen(name, text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" || text == "null" || text == "false" {
		return time.Time{}, nil
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if isNumber(whole) && len(whole) <= 11 && (fraction == "" || isNumber(fraction)) {
		n := int64(0)
		for _, c := range whole {
			n = n*10 + int64(c-'0')
		}
		if n == 0 {
			return time.Time{}, nil
		}
		return time.Unix(n, 0).UTC(), nil
	}
	units := map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second, 'w': 7 * 24 * time.Hour}
	if unit := units[text[len(text)-1]]; unit > 0 && isNumber(text[:len(text)-1]) && len(text) <= 7 {
		n := time.Duration(0)
		for _, c := range text[:len(text)-1] {
			n = n*10 + time.Duration(c-'0')
		}
		if n > 200*366 && unit >= 24*time.Hour {
			return time.Time{}, nil
		}
		return now.Add(-n * unit).UTC(), nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateTime} {
		if t, err := time.Parse(form, strings.Replace(text, " +", "+", 1)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, parley.E(parley.Invalid, "%s is %.60q: want seconds since 1970, a day such as 2026-11-22, a time of RFC 3339, or how long ago, such as 7d", name, text)
}
