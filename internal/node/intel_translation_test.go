package node_test

import (
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
)

// What a language-content says is shown for the version that it is for, in the language
// that is wanted or one like it, with who gave it.
func TestIntelTranslations(t *testing.T) {
	c := dailyCircle(t, 17)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	id := "indicator--00000001-0000-4000-8000-000000000001"
	language := `{"type":"language-content","spec_version":"2.1","id":"language-content--00000001-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z",` +
		`"object_ref":"` + id + `","object_modified":"2026-01-02T00:00:00.000Z","contents":{"ru":{"name":"Ловушка"},"zh-Hans":{"name":"陷阱"}}` + green + `}`
	gather(t, aster, indicatorOf(1, green), language)
	if _, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Direction: "own"}, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Marking: "TLP:GREEN", Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	q := node.TranslationQuery(id)
	page, err := borea.Node.FindIntel(t.Context(), q)
	if err != nil || len(page.Objects) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	version := holds(t, borea, intel.Query{IDs: []string{id}})[0].Version
	for _, x := range []struct {
		version   time.Time
		languages []string
		want      string
	}{
		{version, []string{"ru"}, "Ловушка"}, {version, []string{"ru-RU"}, "Ловушка"}, {version, []string{"de", "zh"}, "陷阱"}, {version, []string{"ZH-hans", "ru"}, "陷阱"},
		{version, []string{"de"}, ""}, {version, nil, ""}, {version.Add(time.Hour), []string{"ru"}, ""},
	} {
		list := node.Translations(page.Objects, id, x.version, x.languages)
		if x.want == "" {
			if len(list) != 0 {
				t.Errorf("%v: %+v", x.languages, list)
			}
			continue
		}
		if len(list) != 1 || len(list[0].Texts) != 1 || list[0].Texts[0] != (node.IntelText{Property: "name", Text: x.want}) || list[0].By != "aster.example/cert" || list[0].Entry == "" {
			t.Errorf("%v: %+v, want %s", x.languages, list, x.want)
		}
	}
}
