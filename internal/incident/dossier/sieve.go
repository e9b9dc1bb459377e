package dossier

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// blank stands where something was taken from a text.
const blank = "[…]"

// sieve takes from texts what an audience may not know. It is not for concurrent use.
type sieve struct {
	needles map[rune][][]rune // folded, by their first letter, the longest first
	n       int
}

var (
	addresses = regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)*`)
	phones    = regexp.MustCompile(`\+\d[\d ()/.-]{5,}\d`)
)

// newSieve knows the names of all who are not to be named: reporters, the team's people, parties, other organisations.
func (d *draft) newSieve(ctx context.Context, items map[string][]Item) (*sieve, error) {
	s := &sieve{needles: map[rune][][]rune{}}
	for id, name := range d.names {
		if d.order.Audience != Constituent || id != d.order.Organisation {
			s.add(name)
		}
	}
	for account, name := range d.people {
		s.person(name)
		s.add(account)
	}
	for _, v := range d.incident.Investigations {
		s.person(v.Party.Name)
		s.add(v.Party.Email)
	}
	for _, r := range items[KindReports] {
		s.add(r.Cells[0])
	}
	for _, ref := range d.incident.Reports {
		r, err := d.s.o.Incidents.Report(ctx, d.actor, ref.ID)
		if err != nil {
			return nil, err
		}
		s.person(r.Reporter.Name)
		s.add(r.Reporter.Email)
		s.add(r.Reporter.Phone)
		if own := d.names[d.order.Organisation]; own == "" || !strings.EqualFold(own, r.Reporter.Organisation) {
			s.add(r.Reporter.Organisation)
		}
	}
	s.order()
	return s, nil
}

// person adds a name, and each part of it: people are called by one of them.
func (s *sieve) person(name string) {
	s.add(name)
	for part := range strings.FieldsSeq(name) {
		if part = strings.Trim(part, ".,;()\"'"); len([]rune(part)) > 2 {
			s.add(part)
		}
	}
}

// add adds a name. One of a single letter would blank every text.
func (s *sieve) add(name string) {
	if folded := fold(strings.TrimSpace(name)); len(folded) > 1 {
		s.needles[folded[0]] = append(s.needles[folded[0]], folded)
	}
}

func (s *sieve) order() {
	for first, list := range s.needles {
		slices.SortFunc(list, func(a, b []rune) int { return len(b) - len(a) })
		s.needles[first] = list
	}
}

// fold makes capitals and all spaces alike, rune by rune.
func fold(text string) []rune {
	out := []rune(text)
	for i, c := range out {
		if out[i] = unicode.ToLower(c); unicode.IsSpace(c) {
			out[i] = ' '
		}
	}
	return out
}

// text takes names, addresses and numbers from what somebody wrote.
func (s *sieve) text(text string) string {
	text = s.names(text)
	for _, e := range []*regexp.Regexp{addresses, phones} {
		text = e.ReplaceAllStringFunc(text, func(string) string {
			s.n++
			return blank
		})
	}
	return text
}

// names takes names from a text. A name counts where no letter or digit stands beside it.
func (s *sieve) names(text string) string {
	whole, folded := []rune(text), fold(text)
	var out strings.Builder
	for i := 0; i < len(whole); {
		n := s.at(folded, i)
		if n == 0 {
			out.WriteRune(whole[i])
			i++
			continue
		}
		s.n++
		out.WriteString(blank)
		i += n
	}
	return out.String()
}

// at is how long the name is that begins at a place of a text; 0 for none.
func (s *sieve) at(text []rune, i int) int {
	if i > 0 && wordy(text[i-1]) && wordy(text[i]) {
		return 0
	}
	for _, needle := range s.needles[text[i]] {
		end := i + len(needle)
		if end <= len(text) && slices.Equal(text[i:end], needle) && (end == len(text) || !wordy(text[end]) || !wordy(needle[len(needle)-1])) {
			return len(needle)
		}
	}
	return 0
}

func wordy(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// blanked is how much was taken; of no sieve nothing.
func (s *sieve) blanked() int {
	if s == nil {
		return 0
	}
	return s.n
}
