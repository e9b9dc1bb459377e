// Package redact makes sanitised copies: of fields, by how sensitive they are and who is to have them, and of texts, in which names stand.
//
// Words: a Field has a Sensitivity, which says why it may have to be kept in. A Profile says for each sensitivity what one audience gets of it: the
// field (Keep), nothing (Drop), or a Pseudonym, which says that it is the same one as elsewhere in the copy, and not who. The table of profiles is
// the policy; release names the profile of each decision, and package leak looks afterwards whether the copy keeps what it promises.
//
// Guarantees: what has no sensitivity is dropped, except by the profile of the team itself. A pseudonym is the same for the same name, item and group
// of recipients, in each copy that is ever made; between items or groups it differs, so that copies cannot be laid side by side. It is made with a
// key that never leaves and cannot be turned back, not even by trying all addresses there are.
package redact

import (
	"maps"
	"slices"

	"github.com/firehall/firehall/internal/release/leak"
)

// Sensitivity says what a field tells of, as bits.
type Sensitivity uint8

// The sensitivities.
const (
	Who       Sensitivity = 1 << iota // who reported it
	Victim                            // whom it happened to
	Internal                          // the team's own: notes, names, tickets
	Technical                         // what everybody who acts on it needs
)

// Sensitivities lists them.
func Sensitivities() []Sensitivity { return []Sensitivity{Who, Victim, Internal, Technical} }

// Field is one thing that an item says.
type Field struct {
	Name        string // a dotted path
	Sensitivity Sensitivity
	Kind        leak.Kind // of a name; leak.Text for free text, in which names are looked for
	Value       string
}

// Action is what becomes of a field.
type Action string

// The actions, the most open first.
const (
	Keep      Action = "keep"
	Pseudonym Action = "pseudonym"
	Drop      Action = "drop"
)

// openness orders actions.
var openness = map[Action]int{Drop: 0, Pseudonym: 1, Keep: 2}

// Profile is what becomes of each sensitivity; what is not in it is dropped.
type Profile struct {
	Name    string
	Actions map[Sensitivity]Action
}

// table are the profiles by the audience that they are named after. Nobody outside learns who reported, but for the reporter; the victim is told
// to whose network it is, and to nobody else; what is the team's own stays. Where relations matter to who acts, a pseudonym stands for a name.
var table = map[string]map[Sensitivity]Action{
	"self":        {Who: Keep, Victim: Keep, Internal: Keep, Technical: Keep},
	"reporter":    {Who: Keep, Victim: Keep, Internal: Drop, Technical: Keep},
	"owner":       {Who: Drop, Victim: Keep, Internal: Drop, Technical: Keep},
	"constituent": {Who: Drop, Victim: Pseudonym, Internal: Drop, Technical: Keep},
	"party":       {Who: Drop, Victim: Pseudonym, Internal: Drop, Technical: Keep},
	"provider":    {Who: Drop, Victim: Pseudonym, Internal: Drop, Technical: Keep},
	"vendor":      {Who: Drop, Victim: Drop, Internal: Drop, Technical: Keep},
	"peer":        {Who: Pseudonym, Victim: Pseudonym, Internal: Drop, Technical: Keep},
	"authority":   {Who: Pseudonym, Victim: Pseudonym, Internal: Drop, Technical: Keep},
	"public":      {Who: Drop, Victim: Drop, Internal: Drop, Technical: Keep},
}

// Profiles lists the profiles, by name.
func Profiles() []Profile {
	var list []Profile
	for _, name := range slices.Sorted(maps.Keys(table)) {
		list = append(list, Profile{name, table[name]})
	}
	return list
}

// For is the profile of an audience of release; of one that is not known the strictest, the public's.
func For(audience string) Profile {
	if a, ok := table[audience]; ok {
		return Profile{audience, a}
	}
	return Profile{"public", table["public"]}
}

// Code is what becomes of each sensitivity, a letter each in the order of Sensitivities, for who keeps by which profile a copy was made.
func (p Profile) Code() string {
	code := make([]byte, 0, len(Sensitivities()))
	for _, s := range Sensitivities() {
		code = append(code, p.On(s)[0])
	}
	return string(code)
}

// Covers reports whether a copy of some sensitivities that was made by a profile, by its Code, holds no more than the profile p lets go now. A code that is not
// understood covers nothing.
func (p Profile) Covers(code string, of Sensitivity) bool {
	for i, s := range Sensitivities() {
		if of&s == 0 || p.On(s) == Keep {
			continue
		}
		if i >= len(code) {
			return false
		}
		then, known := map[byte]Action{Keep[0]: Keep, Pseudonym[0]: Pseudonym, Drop[0]: Drop}[code[i]]
		if !known || openness[then] > openness[p.On(s)] {
			return false
		}
	}
	return true
}

// On is what becomes of a field that has all of some sensitivities: the strictest of their actions; of none it is dropped.
func (p Profile) On(s Sensitivity) Action {
	act := Drop
	first := true
	for _, one := range Sensitivities() {
		if s&one == 0 {
			continue
		}
		a, ok := p.Actions[one]
		if !ok {
			a = Drop
		}
		if first || openness[a] < openness[act] {
			act, first = a, false
		}
	}
	if first && p.Name == "self" {
		return Keep
	}
	return act
}
