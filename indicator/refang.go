package indicator

import (
	"strings"
	"unicode"
)

// refangs are what people put into a value so that nobody clicks it, and what
// they mean. Longer ones stand first; all are compared without case.
var refangs = []struct{ written, meant string }{
	{"[://]", "://"}, {"(://)", "://"}, {"[:]//", "://"}, {"(:)//", "://"}, {":\\\\", "://"},
	{"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."}, {"<dot>", "."}, {" dot ", "."}, {"[punkt]", "."},
	{"[at]", "@"}, {"(at)", "@"}, {"{at}", "@"}, {"<at>", "@"}, {" at ", "@"}, {"[et]", "@"},
	{"[.]", "."}, {"(.)", "."}, {"{.}", "."}, {"[,]", "."}, {"[.", "."}, {".]", "."},
	{"[@]", "@"}, {"(@)", "@"}, {"{@}", "@"},
	{"[:]", ":"}, {"(:)", ":"}, {"[/]", "/"}, {"(/)", "/"}, {"[-]", "-"},
}

// schemes are the ways to write one so that no program takes it for a link.
var schemes = []struct{ written, meant string }{
	{"hxxps", "https"}, {"hxxp", "http"}, {"hxtps", "https"}, {"hxtp", "http"}, {"httxp", "http"}, {"htxps", "https"}, {"htxp", "http"},
	{"h**ps", "https"}, {"h**p", "http"}, {"h__ps", "https"}, {"h__p", "http"}, {"meow", "http"}, {"fxps", "ftps"}, {"fxp", "ftp"}, {"sxftp", "sftp"},
}

// Refang takes out what makes a value harmless to click, and what surrounds it in
// a report: brackets around dots, hxxp, quotes, invisible characters. Text that
// is not defanged comes back as it was. What it returns is still nobody's value:
// Recognise and Parse say that.
func Refang(text string) string {
	text = strings.Map(visible, text)
	text = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(text), ",;"))
	for _, pair := range []string{`""`, "''", "``", "<>", "“”", "‘’", "«»", "()"} {
		open, shut := string([]rune(pair)[0]), string([]rune(pair)[1])
		if len(text) > len(pair) && strings.HasPrefix(text, open) && strings.HasSuffix(text, shut) {
			text = strings.TrimSpace(text[len(open) : len(text)-len(shut)])
		}
	}
	text = strings.TrimRight(text, ",;")
	if strings.ContainsAny(text, "[({<\\ ") {
		text = unwrap(text)
	}
	for _, s := range schemes {
		if len(text) > len(s.written) && strings.EqualFold(text[:len(s.written)], s.written) && strings.HasPrefix(strings.TrimLeft(text[len(s.written):], "[("), ":") {
			return s.meant + text[len(s.written):]
		}
	}
	return text
}

// unwrap replaces all refangs; an IPv6 address in brackets stays in them.
func unwrap(text string) string {
	var b strings.Builder
next:
	for i := 0; i < len(text); {
		for _, r := range refangs {
			n := len(r.written)
			if len(text)-i < n || !strings.EqualFold(text[i:i+n], r.written) {
				continue
			}
			if strings.Contains(r.written, " ") && (i == 0 || i+n == len(text)) {
				continue
			}
			b.WriteString(r.meant)
			i += n
			continue next
		}
		if strings.HasPrefix(text[i:], `\.`) && !strings.Contains(text, `:\`) && !strings.HasPrefix(text, `\\`) {
			i++ // a dot escaped for a regular expression
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// visible drops what cannot be seen: zero-width characters, marks of direction,
// soft hyphens; other spaces become a space.
func visible(r rune) rune {
	switch {
	case r == '\u00ad' || r == '\ufeff' || unicode.Is(unicode.Cf, r):
		return -1
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}
