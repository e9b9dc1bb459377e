package message

import (
	"bytes"
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/rsit"
)

// advice is what is said of one kind of finding.
type advice struct {
	Title string   `toml:"title"` // heading; "" is many
	One   string   `toml:"one"`   // infected machine
	Many  string   `toml:"many"`  // infected machines
	Why   string   `toml:"why"`   // what it is and why it matters
	Check []string `toml:"check"` // how to find out
	Fix   []string `toml:"fix"`
	Like  string   `toml:"like"`  // name of a [group] that gives what is missing here
	Ports bool     `toml:"ports"` // the port is the machine's own, of a connection that it opened: behind NAT it finds the customer
}

// columnWords stand above the list of observations.
type columnWords struct {
	Time       string `toml:"time"`
	Address    string `toml:"address"`
	Port       string `toml:"port"`
	SourcePort string `toml:"source_port"` // where the port is that of a connection which the machine opened
}

// over takes what is missing from others.
func (w columnWords) over(u columnWords) columnWords {
	return columnWords{cmp.Or(w.Time, u.Time), cmp.Or(w.Address, u.Address), cmp.Or(w.Port, u.Port), cmp.Or(w.SourcePort, u.SourcePort)}
}

// book is all advice in one language.
type book struct {
	Table      columnWords        `toml:"table"`
	Type       map[string]*advice `toml:"type"`       // by RSIT type
	Identifier map[string]*advice `toml:"identifier"` // by classification.identifier, before type
	Victim     map[string]*advice `toml:"victim"`     // by RSIT type or identifier, for those to whom it was done; "any" for the others
	Group      map[string]*advice `toml:"group"`      // by name, for like
}

// anyVictim is the victim's advice where there is no better.
const anyVictim = "any"

// of finds the advice for a section: the finest that there is.
func (b *book) of(s Section) *advice {
	if s.Standing == Victim {
		for _, name := range []string{s.Identifier, s.Type, anyVictim} {
			if a := b.Victim[name]; a != nil {
				return a
			}
		}
	}
	if a := b.Identifier[strings.ToLower(s.Identifier)]; a != nil {
		return a
	}
	if a := b.Type[s.Type]; a != nil {
		return a
	}
	return b.Type[string(rsit.Undetermined)]
}

func (b *book) tables() map[string]map[string]*advice {
	return map[string]map[string]*advice{"type": b.Type, "identifier": b.Identifier, "victim": b.Victim, "group": b.Group}
}

// readBook reads a file of advice over another book, whose entries it replaces. What is wrong is problem.Invalid with file and line.
func readBook(name string, raw []byte, under *book) (*book, error) {
	var b book
	dec := toml.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return nil, problem.New(problem.Invalid, "%s: %s", name, tomlFault(err))
	}
	b.Table = b.Table.over(under.Table).over(columnWords{"UTC", "Address", "Port", "Source port"})
	b.Type, b.Identifier = over(under.Type, b.Type), over(under.Identifier, b.Identifier)
	b.Victim, b.Group = over(under.Victim, b.Victim), over(under.Group, b.Group)
	if err := b.complete(name); err != nil {
		return nil, err
	}
	return &b, nil
}

func over(under, own map[string]*advice) map[string]*advice {
	out := maps.Clone(under)
	if out == nil {
		out = map[string]*advice{}
	}
	maps.Copy(out, own)
	return out
}

// tomlFault words an error of the reader with its line.
func tomlFault(err error) string {
	var syntax *toml.DecodeError
	var unknown *toml.StrictMissingError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		e := unknown.Errors[0]
		return where(&e) + "unknown key " + strings.Join(e.Key(), ".") + "; known are title, one, many, why, check, fix, like, ports; in [table]: time, address, port, source_port"
	case errors.As(err, &syntax):
		return where(syntax) + syntax.Error()
	}
	return err.Error()
}

func where(e *toml.DecodeError) string {
	row, _ := e.Position()
	return "line " + number(int64(row)) + ": "
}

// complete fills in what entries take from groups and checks that every entry, and every type of the taxonomy, says something.
func (b *book) complete(name string) error {
	for kind, entries := range b.tables() {
		if kind == "group" {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			filled, err := b.fill(*entries[key])
			if err != nil {
				return problem.New(problem.Invalid, "%s: [%s.%s]: %s", name, kind, key, err)
			}
			entries[key] = &filled
		}
	}
	for _, t := range rsit.Types() {
		if b.Type[string(t)] == nil {
			return problem.New(problem.Invalid, "%s: [type.%s] is missing: each type of the taxonomy needs advice", name, t)
		}
	}
	if b.Victim[anyVictim] == nil {
		return problem.New(problem.Invalid, "%s: [victim.%s] is missing", name, anyVictim)
	}
	return nil
}

func (b *book) fill(a advice) (advice, error) {
	if a.Like != "" {
		g := b.Group[a.Like]
		if g == nil {
			near, _ := nearest.Word(a.Like, slices.Sorted(maps.Keys(b.Group)))
			return a, problem.New(problem.Invalid, "like = %q: there is no such group (%s?)", a.Like, near)
		}
		if a.Why == "" {
			a.Why = g.Why
		}
		if a.Check == nil {
			a.Check = g.Check
		}
		if a.Fix == nil {
			a.Fix = g.Fix
		}
		a.Ports = a.Ports || g.Ports
	}
	if a.One == "" || a.Many == "" || a.Why == "" || len(a.Check) == 0 || len(a.Fix) == 0 {
		return a, problem.New(problem.Invalid, "one, many, why, check and fix are needed, here or in the group that like names")
	}
	if a.Title == "" {
		a.Title = capital(a.Many)
	}
	return a, nil
}

func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}
