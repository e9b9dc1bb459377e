package ui_test

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/web/ui"
)

var people = map[string]string{"1": "bea", "2": "Ada", "token:3": "IntelMQ"}

func TestWho(t *testing.T) {
	for id, want := range map[string]string{
		"1": "bea", "token:3": "IntelMQ", "token:4": "token:4", "system:clocks": "Firehall", "root (os:0)": "root", "os:0": "os:0", "": "",
	} {
		if got := ui.Who(people, id); got != want {
			t.Errorf("%q is %q, want %q", id, got, want)
		}
	}
	if got := ui.Who(nil, "1"); got != "1" {
		t.Errorf("nobody is known: %q", got)
	}
}

// Work is given to people, not to programs; who has it stays chosen, whoever it is.
func TestAccounts(t *testing.T) {
	for chosen, want := range map[string][]string{"": {"2", "1"}, "1": {"2", "1*"}, "token:3": {"2", "1", "token:3*"}, "gone": {"2", "1", "gone*"}} {
		var got []string
		for _, o := range ui.Accounts(people, chosen) {
			if o.Chosen {
				o.Value += "*"
			}
			got = append(got, o.Value)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q chosen: %q, want %q", chosen, got, want)
		}
	}
}
