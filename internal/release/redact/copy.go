package redact

import (
	"regexp"
	"strings"

	"github.com/firehall/firehall/internal/release/leak"
)

// Blank stands where something was taken from a text.
const Blank = "[…]"

// Copy gives the fields as a profile lets them go, in their order; what is dropped is not among them. Names within free text are treated as what they
// are the names of says: those of leak.Victim as the victim's, of leak.Reporter as who reported, of leak.Ours as the team's own.
func Copy(p Profile, fields []Field, names leak.Names, ps Pseudonyms) []Field {
	out := make([]Field, 0, len(fields))
	t := Text{Profile: p, Names: names, Pseudonyms: ps}
	for _, f := range fields {
		switch act := p.On(f.Sensitivity); {
		case act == Drop:
			continue
		case act == Pseudonym && f.Kind == leak.Text:
			f.Value = t.Clean(f.Value)
		case act == Pseudonym:
			f.Value = ps.Stand(f.Kind, f.Value)
		case f.Kind == leak.Text:
			f.Value = t.Clean(f.Value)
		}
		out = append(out, f)
	}
	return out
}

// Text cleans texts. It counts what it takes, and so is not for concurrent use.
type Text struct {
	Profile    Profile
	Names      leak.Names
	Pseudonyms Pseudonyms
	Taken      int // how much was taken
}

// What looks like a mailbox, or a telephone number with its country, in a text that a person wrote.
var (
	mailboxes = regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*`)
	phones    = regexp.MustCompile(`\+\d[\d ()/.-]{5,}\d`)
)

// roles say what the names of somebody tell of.
var roles = map[leak.Role]Sensitivity{leak.Victim: Victim, leak.Reporter: Who, leak.Ours: Internal, leak.Other: Victim, "": Victim}

// Clean takes the names from a text, and whatever looks like a mailbox or a telephone number, be it a name or not.
func (t *Text) Clean(text string) string {
	text = t.Only(strings.ToValidUTF8(text, "\uFFFD"))
	for _, e := range []*regexp.Regexp{mailboxes, phones} {
		text = e.ReplaceAllStringFunc(text, func(string) string {
			t.Taken++
			return Blank
		})
	}
	return text
}

// Only takes the names from a text, and leaves all else.
func (t *Text) Only(text string) string {
	var out strings.Builder
	at := 0
	for _, s := range t.Names.Find(text) {
		act := t.Profile.On(roles[s.Role])
		if act == Keep {
			continue
		}
		t.Taken++
		out.WriteString(text[at:s.Start])
		if act == Pseudonym {
			out.WriteString(t.Pseudonyms.In(s.Kind, s.Name))
		} else {
			out.WriteString(Blank)
		}
		at = s.End
	}
	out.WriteString(text[at:])
	return out.String()
}
