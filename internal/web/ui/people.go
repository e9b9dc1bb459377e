package ui

import (
	"slices"
	"strings"
)

// program is what stands before the id of a token in the id of whoever acts with it.
const program = "token:"

// Who names who did something: people holds the names of the team's accounts by their ids, and those of tokens by "token:" and their ids. Of others there is
// the id, without what audit writes behind a name.
func Who(people map[string]string, id string) string {
	switch {
	case people[id] != "":
		return people[id]
	case Itself(id):
		return "Firehall"
	}
	return Person(id)
}

// Itself tells whether an actor is Firehall itself, doing what is due.
func Itself(id string) bool { return strings.HasPrefix(id, "system:") }

// Accounts are the people of the team as choices, by name; programs are not among them. One that is chosen and unknown is there too.
func Accounts(people map[string]string, chosen string) []Option {
	out := make([]Option, 0, len(people)+1)
	for id, name := range people {
		if !strings.HasPrefix(id, program) {
			out = append(out, Option{Value: id, Text: name, Chosen: id == chosen})
		}
	}
	if chosen != "" && !slices.ContainsFunc(out, func(o Option) bool { return o.Chosen }) {
		out = append(out, Option{Value: chosen, Text: Who(people, chosen), Chosen: true})
	}
	slices.SortFunc(out, func(a, b Option) int {
		return strings.Compare(strings.ToLower(a.Text)+"\x00"+a.Value, strings.ToLower(b.Text)+"\x00"+b.Value)
	})
	return out
}
