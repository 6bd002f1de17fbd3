package form

import (
	"bytes"
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
)

// Contact is the content of a contact's record, for json.Unmarshal after Check.
// It is one contact point, whole: a role of a body, never a person. CONTACT-1
type Contact struct {
	Point        string           `json:"point"`
	Title        []TextContent    `json:"title"`
	Track        string           `json:"track"`
	Languages    []string         `json:"languages,omitempty"`
	Zone         string           `json:"zone,omitempty"`
	Hours        []string         `json:"hours,omitempty"` // empty: those of the body
	Calendar     *ContactCalendar `json:"calendar,omitempty"`
	Routes       []ContactRoute   `json:"routes"`
	Keys         []ContactKey     `json:"keys,omitempty"`
	Constituency *Constituency    `json:"constituency,omitempty"`
	Note         *TextContent     `json:"note,omitempty"`
	Confirmed    string           `json:"confirmed"`
	Until        string           `json:"until"`
}

// ContactCalendar is a contact point's own table of offsets and holidays; without
// it the party's counts. CONTACT-4
type ContactCalendar struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Offsets  []ContactOffset `json:"offsets"`
	Holidays []string        `json:"holidays,omitempty"`
}

// ContactOffset is a difference from UTC, and from when on it holds.
type ContactOffset struct {
	From string `json:"from,omitempty"`
	UTC  string `json:"utc"`
}

// ContactRoute is one way to reach the point. CONTACT-5
type ContactRoute struct {
	Route     string       `json:"route"`
	Address   string       `json:"address"`
	Hours     []string     `json:"hours,omitempty"` // empty: those of the point
	Note      *TextContent `json:"note,omitempty"`
	Confirmed string       `json:"confirmed,omitempty"` // empty: as the record
	Until     string       `json:"until,omitempty"`
}

// ContactKey is a key that the point reads mail with. CONTACT-6
type ContactKey struct {
	Sort        string `json:"sort"` // pgp, smime
	Fingerprint string `json:"fingerprint"`
	Address     string `json:"address,omitempty"`
	Expires     string `json:"expires,omitempty"`
	Confirmed   string `json:"confirmed,omitempty"`
	Until       string `json:"until,omitempty"`
}

// Constituency is whose networks the body answers for. CONTACT-7
type Constituency struct {
	ASNs      []uint32     `json:"asns,omitempty"`
	Networks  []string     `json:"networks,omitempty"`
	Domains   []string     `json:"domains,omitempty"`
	Sectors   []string     `json:"sectors,omitempty"`
	List      int          `json:"list,omitempty"` // the attachment that lists more, one value on each line
	Note      *TextContent `json:"note,omitempty"`
	Confirmed string       `json:"confirmed,omitempty"`
	Until     string       `json:"until,omitempty"`
}

// ContactEnd is the content of a contact's end. CONTACT-2
type ContactEnd struct {
	Point string       `json:"point"`
	Why   *TextContent `json:"why,omitempty"`
}

// Always are the hours of a desk that is attended around the clock.
const Always = "mon-sun 00:00-24:00"

// Table is the calendar as package clock reads it, without hours.
func (c *ContactCalendar) Table() clock.Table {
	t := clock.Table{From: c.From, To: c.To, Holidays: c.Holidays}
	for _, o := range c.Offsets {
		t.Offsets = append(t.Offsets, clock.Offset{From: o.From, UTC: o.UTC})
	}
	return t
}

// ReadContact checks and reads a record. CONTACT-1
func ReadContact(raw json.RawMessage, a *agreement.Agreement) (*Contact, error) {
	c := new(Contact)
	return c, readInto(raw, a, parley.ContactRecord, c)
}

// ReadContactEnd checks and reads an end. CONTACT-2
func ReadContactEnd(raw json.RawMessage, a *agreement.Agreement) (*ContactEnd, error) {
	e := new(ContactEnd)
	return e, readInto(raw, a, parley.ContactEnd, e)
}

func readInto(raw json.RawMessage, a *agreement.Agreement, step string, to any) error {
	f, ok := Find(parley.KindContact, step, 1)
	if !ok {
		return parley.E(parley.Internal, "no form of a contact's %s", step)
	}
	if err := f.Check(raw, a); err != nil {
		return err
	}
	return json.Unmarshal(raw, to)
}

// validity are the fields that say since when and how long a fact holds. CONTACT-8
func validity(required bool) []Field {
	return []Field{{
		Name: "confirmed", Type: Time, Required: required,
		Title: say("Confirmed", "Подтверждено", "确认时间"),
		Help:  say("When somebody last made sure of it.", "Когда это было проверено в последний раз.", "最近一次核实的时间。"),
	}, {
		Name: "until", Type: Time, Required: required, After: "confirmed",
		Title: say("Valid until", "Действительно до", "有效期至"),
		Help:  say("Until when it holds unless it is confirmed again.", "До какого времени действует без нового подтверждения.", "如未再次确认，有效至何时。"),
	}}
}

func contactForms() []*Form {
	point := Field{
		Name: "point", Type: Word, Required: true,
		Title: say("Contact point", "Контактный пункт", "联络点"),
		Help:  say("A word of the body for this point, such as duty; it stays the same for ever.", "Слово органа для этого пункта, например duty; оно не меняется.", "该机构对此联络点的用词，例如 duty；永不更改。"),
	}
	hours := func(help agreement.Texts) Field {
		return Field{Name: "hours", Type: Line, List: true, Most: 28, Max: 40, Title: say("Hours", "Часы работы", "工作时间"), Help: help}
	}
	return []*Form{{
		Kind: parley.KindContact, Step: parley.ContactRecord, Version: 1, Place: Opens, Rule: contactRule,
		Title: say("Contact point", "Контактный пункт", "联络点"),
		Help: say("Whom to reach, when, and on which routes: a role, never a person. It takes the place of what was said of this point before.",
			"С кем, когда и по каким каналам связываться: должность, а не лицо. Заменяет прежние сведения об этом пункте.",
			"与谁联系、何时、通过何种渠道：是职务而非个人。取代此前关于该联络点的内容。"),
		Fields: append([]Field{point, {
			Name: "title", Type: Text, List: true, Required: true, Most: 6, Max: 200,
			Title: say("Role", "Должность", "职务"),
			Help:  say("The role that answers, such as Duty officer; in each language that helps.", "Отвечающая должность, например дежурный; на всех полезных языках.", "应答的职务，例如值班员；可用多种语言填写。"),
		}, {
			Name: "track", Type: Word, Required: true,
			Title: say("Track", "Направление", "渠道类别"),
			Help:  say("technical, diplomatic, law-enforcement, leadership, or another word.", "technical, diplomatic, law-enforcement, leadership или другое слово.", "technical、diplomatic、law-enforcement、leadership 或其他用词。"),
		}, {
			Name: "languages", Type: Language, List: true, Most: 20,
			Title: say("Languages", "Языки", "语言"),
			Help:  say("Languages that are spoken there, the best first.", "Языки, на которых там говорят, лучший первым.", "该处使用的语言，最熟练者在前。"),
		}, {
			Name: "zone", Type: Line, Max: 60,
			Title: say("Zone", "Часовой пояс", "时区"),
			Help:  say("The zone by the name that people use. Only the offsets of the calendar count.", "Название часового пояса. Учитываются только смещения календаря.", "人们惯用的时区名称。仅以日历中的时差为准。"),
		}, hours(say("Such as mon-fri 09:00-17:00, in local time. Without them those of the body count.", "Например mon-fri 09:00-17:00, по местному времени. Иначе действуют часы органа.", "例如 mon-fri 09:00-17:00（当地时间）。未填则以该机构的时间为准。")), {
			Name: "calendar", Type: Group, NeededWhen: &If{Field: "zone"},
			Title: say("Calendar", "Календарь", "日历"),
			Help:  say("Offsets from UTC and holidays of this point; without it those of the party count.", "Смещения от UTC и праздники этого пункта; иначе действуют данные стороны.", "此联络点的 UTC 时差与假日；未填则以缔约方的为准。"),
			Fields: []Field{
				{Name: "from", Type: Date, Required: true, Title: say("First day", "Первый день", "首日")},
				{Name: "to", Type: Date, Required: true, NotBefore: "from", Title: say("Last day", "Последний день", "末日")},
				{Name: "offsets", Type: Group, List: true, Required: true, Most: 90, Title: say("Offsets", "Смещения", "时差"),
					Fields: []Field{
						{Name: "from", Type: Time, Title: say("Holds from", "Действует с", "自何时起")},
						{Name: "utc", Type: Line, Required: true, Max: 6, Title: say("From UTC", "От UTC", "与 UTC 之差")},
					}},
				{Name: "holidays", Type: Line, List: true, Most: 400, Max: 10, Title: say("Holidays", "Праздники", "假日")},
			},
		}, {
			Name: "routes", Type: Group, List: true, Required: true, Most: 16,
			Title: say("Routes", "Каналы связи", "联络渠道"),
			Help:  say("Ways to reach it, in the order in which to try them.", "Способы связи в порядке их использования.", "按尝试的先后顺序列出的联络方式。"),
			Fields: append([]Field{{
				Name: "route", Type: OneOf, Required: true, Title: say("Route", "Канал", "渠道"), Choices: contactRoutes,
			}, {
				Name: "address", Type: Line, Required: true, Max: 200,
				Title: say("Address", "Адрес", "地址"),
				Help:  say("A number, an e-mail address, a body.", "Номер, адрес электронной почты, орган.", "号码、电子邮件地址或机构。"),
			}, hours(say("Only where they differ from those of the point.", "Только если отличаются от часов пункта.", "仅在与联络点的时间不同时填写。")), {
				Name: "note", Type: Text, Max: 500, Title: say("Note", "Примечание", "备注"),
			}}, validity(false)...),
		}, {
			Name: "keys", Type: Group, List: true, Most: 8,
			Title: say("Keys", "Ключи", "密钥"),
			Help:  say("Keys for its mail.", "Ключи для её почты.", "用于其邮件的密钥。"),
			Fields: append([]Field{{
				Name: "sort", Type: OneOf, Required: true, Title: say("Sort", "Вид", "种类"),
				Choices: []Choice{{"pgp", say("OpenPGP", "OpenPGP", "OpenPGP")}, {"smime", say("S/MIME", "S/MIME", "S/MIME")}},
			}, {
				Name: "fingerprint", Type: Word, Required: true, Title: say("Fingerprint", "Отпечаток", "指纹"),
				Help: say("Lower-case hex digits without spaces.", "Шестнадцатеричные цифры без пробелов.", "小写十六进制数字，不含空格。"),
			}, {
				Name: "address", Type: Line, Max: 200, Title: say("Address", "Адрес", "地址"),
			}, {
				Name: "expires", Type: Date, Title: say("Expires", "Истекает", "失效日期"),
			}}, validity(false)...),
		}, {
			Name: "constituency", Type: Group,
			Title: say("Constituency", "Зона ответственности", "服务范围"),
			Help:  say("Networks, domains and sectors that the body answers for.", "Сети, домены и отрасли, за которые отвечает орган.", "该机构负责的网络、域名和行业。"),
			Fields: append([]Field{
				{Name: "asns", Type: ASN, List: true, Most: 500, Title: say("Autonomous systems", "Автономные системы", "自治系统")},
				{Name: "networks", Type: Network, List: true, Most: 1500, Title: say("Networks", "Сети", "网络")},
				{Name: "domains", Type: Domain, List: true, Most: 500, Title: say("Domains", "Домены", "域名"),
					Help: say("Each with all that is below it.", "Каждый вместе со всем, что ниже.", "各含其下所有子域。")},
				{Name: "sectors", Type: Word, List: true, Most: 40, Title: say("Sectors", "Отрасли", "行业")},
				{Name: "list", Type: Number, Min: 1, Max: parley.MaxBlobs, Title: say("List", "Список", "清单"),
					Help: say("The attachment that lists more, one value on each line.", "Вложение с дополнительным списком, по одному значению в строке.", "列出更多内容的附件，每行一个。")},
				{Name: "note", Type: Text, Max: 2000, Title: say("In words", "Словами", "文字说明")},
			}, validity(false)...),
			Some: [][]string{{"asns", "networks", "domains", "sectors", "list", "note"}},
		}, {
			Name: "note", Type: Text, Max: 2000, Title: say("Note", "Примечание", "备注"),
			Help: say("What else helps to reach it.", "Что ещё поможет связаться.", "有助于联系的其他信息。"),
		}}, validity(true)...),
	}, {
		Kind: parley.KindContact, Step: parley.ContactEnd, Version: 1, Place: Opens,
		Title: say("End of a contact point", "Прекращение контактного пункта", "联络点终止"),
		Help:  say("Nobody answers there any more.", "Там больше никто не отвечает.", "该处不再有人应答。"),
		Fields: []Field{point, {
			Name: "why", Type: Text, Max: 2000, Title: say("Reason", "Причина", "原因"),
			Help: say("Why it ends, and where to turn now.", "Почему прекращается и куда обращаться теперь.", "终止原因，以及今后与何处联系。"),
		}},
	}}
}

var contactRoutes = []Choice{
	{parley.RouteNode, say("Line", "Линия", "专线")},
	{parley.RouteTelephone, say("Telephone", "Телефон", "电话")},
	{parley.RouteEmergency, say("Emergency telephone", "Экстренный телефон", "紧急电话")},
	{parley.RouteMail, say("E-mail", "Электронная почта", "电子邮件")},
	{parley.RouteFax, say("Fax", "Факс", "传真")},
	{parley.RouteRadio, say("Radio", "Радио", "无线电")},
	{parley.RouteOther, say("Other", "Другое", "其他")},
}

// CheckContact says whether a record that a program made fits its form.
func CheckContact(c *Contact) error {
	raw, err := FormatContact(c)
	if err != nil {
		return err
	}
	_, err = ReadContact(raw, nil)
	return err
}

// FormatContact spells a record: the order of its fields is that of the form. FORM-3
func FormatContact(c *Contact) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(c); err != nil {
		return nil, parley.E(parley.Internal, "spell a contact: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
