package web

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// One folder for each language, named by its tag, and in it one JSON file for each
// noun: key to text, or key to an object of plural forms that the first argument
// chooses among. {0}, {1} are arguments. No key stands in two files.
//
//go:embed catalogue/*/*.json
var catalogueFiles embed.FS

// Catalogue is every text of the desk in one language. Read-only after loading.
type Catalogue struct {
	Tag   language.Tag
	texts map[string]forms
}

// forms are the plural forms of a text, by CLDR category; a text without a number has "other" alone.
type forms map[string]string

// UnmarshalJSON takes a string or an object of plural forms.
func (f *forms) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*f = forms{"other": one}
		return nil
	}
	var many map[string]string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	if many["other"] == "" {
		return fmt.Errorf("plural forms without other: %s", b)
	}
	*f = many
	return nil
}

// loadCatalogues reads the embedded catalogues, by language tag.
func loadCatalogues() (map[string]*Catalogue, error) {
	out := map[string]*Catalogue{}
	names, err := fs.Glob(catalogueFiles, "catalogue/*/*.json")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		raw, err := catalogueFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		tag, err := language.Parse(path.Base(path.Dir(name)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var texts map[string]forms
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		c := out[tag.String()]
		if c == nil {
			c = &Catalogue{Tag: tag, texts: map[string]forms{}}
			out[tag.String()] = c
		}
		for key, text := range texts {
			if c.Has(key) {
				return nil, fmt.Errorf("%s: %s stands in another file too", name, key)
			}
			c.texts[key] = text
		}
	}
	return out, nil
}

// Has reports whether the catalogue knows the key.
func (c *Catalogue) Has(key string) bool { _, ok := c.texts[key]; return ok }

// Text is the text of a key. An unknown key is shown as itself in brackets, so
// that it is seen and reported; a test keeps it from happening.
func (c *Catalogue) Text(key string, args ...any) string {
	f, ok := c.texts[key]
	if !ok {
		return "[" + key + "]"
	}
	text := f["other"]
	if len(f) > 1 && len(args) > 0 {
		if s := f[c.category(args[0])]; s != "" {
			text = s
		}
	}
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", fmt.Sprint(a))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

var categories = map[plural.Form]string{plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other"}

func (c *Catalogue) category(arg any) string {
	n, err := strconv.Atoi(fmt.Sprint(arg))
	if err != nil {
		return "other"
	}
	return categories[plural.Cardinal.MatchPlural(c.Tag, n, 0, 0, 0, 0)]
}

// Keys lists the keys, sorted.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.texts))
	for k := range c.texts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// families are the keys that are made from a closed list at run time: prefix,
// full stop, word. The test of the catalogue reads them; so does label.
var families = map[string][]string{
	"why":          {"interval", "due", "clock", "calendar", "count"},
	"state":        words(States),
	"means":        words(States),
	"step":         words(States),
	"precedence":   {"flash", "immediate", "priority", "routine"},
	"urgency":      {"flash", "immediate", "priority", "routine"},
	"line":         words([]LineState{LineUp, LineQuiet, LineDown, LineAsking, LineStopped, LineLeft, LinePouch}),
	"linemeans":    words([]LineState{LineUp, LineQuiet, LineDown, LineAsking, LineStopped, LineLeft, LinePouch}),
	"role":         words([]LineRole{RoleCounterpart, RoleArchive, RoleWitness}),
	"proof":        words([]ProofKind{ProofEntry, ProofCosignature, ProofReceipt, ProofOwn}),
	"prooftitle":   words([]ProofKind{ProofEntry, ProofCosignature, ProofReceipt, ProofOwn}),
	"proves":       words([]ProofKind{ProofEntry, ProofCosignature, ProofReceipt, ProofOwn}),
	"file":         words([]FileState{FileHere, FileWaiting, FileMismatch, FileGone}),
	"finding":      words([]FindingState{FindingOK, FindingWarn, FindingBad}),
	"alarm":        alarmKeys(),
	"done":         {"undo", "release", "countersign", "settle", "seen", "acknowledge", "decline", "sent", "take", "handover", "end", "attended", "ended", "published", "reported"},
	"how":          {"handed-over", "taken-over", "lapsed", "ended", "removed"},
	"error":        {"internal", "invalid", "not-found", "conflict", "forbidden", "untrusted", "unavailable"},
	"unit":         {"b", "kib", "mib", "gib"},
	"kind":         {"hotline", "memo", "check", "receipt", "call", "contact", "contest", "correct", "incident", "intel", "notice", "phrase", "recall", "remark", "request", "response", "sighting", "translation", "vulnerability", "watch", "withdraw"},
	"given":        {"cosigned", "signed"},
	"seeing":       seeings,
	"contactroute": words(contactRouteNames),
	"shut":         {"hours", "holiday", "unlisted"},
	"hoursof":      {"point", "body", "party"},
	"conflict":     {node.ConflictSame, node.ConflictInside},
	"track":        {"technical", "diplomatic", "law-enforcement", "leadership"},
	"contactstep":  {parley.ContactRecord, parley.ContactEnd},
	"wrong":        {node.WrongNotHeld, node.WrongThread, node.WrongClosed, node.WrongParty, node.WrongField},
	"asks":         {"information", "assistance", "mitigation", "preservation", "emergency-disclosure"},
	"answering":    {"asked", "tendered", "delivered", "opened", "seen", "acknowledged", "declined", "offered", "in-progress", "answered", "refused", "cannot-ensure", "contested", "withdrawn", "conflict", "unreadable", "gone", "erased", "void"},
	"verdict":      {"met", "late", "disputed", "undelivered", "open", "withdrawn"},
	"because":      {"not-asked", "after-the-withdrawal", "changes-nothing"},
	"said":         {"response", "contest", "withdraw", "hotline", "memo", "request", "correct", "translation", "remark", "phrase"},
	"stage":        {"early", "full", "intermediate", "final"},
	"taken":        {"early", "full", "intermediate", "final", "give", "change", "cancel", "end", "report", "update", "move", "agree", "refuse", "lift", "leak"},
	"noticed":      {"ahead", "on", "over", "cancelled"},
	"notice-sort":  {"drill", "scan", "maintenance"},
	"embargo":      {"open", "embargo", "over", "lifted"},
	"bound":        {"agree", "refuse", "silent"},
	"answers":      {"acknowledge", "offer", "progress", "result", "refuse", "cannot-ensure"},
	"stands":       {"recorded", "confirmed", "denied", "conflict"},
	"called":       {"out", "in"},
	"result":       {"spoke", "no-answer", "busy", "declined", "wrong-voice", "broken-off"},
	"fitted":       {"matched", "not-used", "did-not-match"},
	"says":         {"confirm", "deny"},
	"denies":       {"no-call", "time", "result", "content", "words"},
	"promised":     {"done", "due", "overdue"},
	"tested":       {"open", "answered", "failed", "wrong-code", "no-code", "conflict"},
	"route":        {"line", "telephone", "emergency", "satellite", "video", "e-mail", "fax", "pouch", "radio", "in-person"},
	"matter":       {"waits", "clock", "held", "release", "check"},
}

// States is the closed list of states.
var States = []State{StateHeldBack, StateUndone, StateRelease, StateQueued, StateSent, StateTendered, StateUndelivered, StateDelivered, StateNew,
	StateCountersigned, StateOpened, StateSeen, StateAcknowledged, StateDeclined, StateAnswered, StateLate, StateDisputed, StateConflict, StateUnreadable,
	StateVoid, StateGone, StateErased}

var alarmKinds = []AlarmKind{AlarmFork, AlarmUnexplained, AlarmLineDown, AlarmBlob, AlarmClock, AlarmBehind, AlarmTwin, AlarmOverride, AlarmAlert,
	AlarmStranded, AlarmSuccession, AlarmChannel, AlarmDisk, AlarmBackup, AlarmContested}

func alarmKeys() []string {
	var out []string
	for _, k := range alarmKinds {
		out = append(out, string(k)+".title", string(k)+".what", string(k)+".works", string(k)+".back")
	}
	return out
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return out
}

// label is the text of a family's word; a word that is not of the family is shown as it is.
func (c *Catalogue) label(family string, word any) string {
	w := strings.ReplaceAll(fmt.Sprint(word), " ", "-")
	if key := family + "." + w; c.Has(key) {
		return c.Text(key)
	}
	return w
}
