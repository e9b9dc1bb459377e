package obligation

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the table of laws into the guide")

const (
	guide      = "../../../docs/guide/clocks.md"
	tableBegin = "<!-- laws: written by internal/incident/obligation; go test ./internal/incident/obligation -run TestGuide -update -->\n"
	tableEnd   = "<!-- laws: end -->"
)

// The table of laws in the guide is that of the data.
func TestGuideHasTheLaws(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	old, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatal("the guide has no place for the table of laws")
	}
	table := lawTable(mustShip(t))
	switch {
	case old == table:
	case *update:
		if err := os.WriteFile(guide, []byte(before+tableBegin+table+tableEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("the table of laws in the guide is not that of the data: run with -update")
	}
}

func lawTable(laws *Laws) string {
	var b strings.Builder
	b.WriteString("\n| law | stage | owed by | counted from | within | done by | if | where |\n|---|---|---|---|---|---|---|---|\n")
	for _, l := range laws.All(time.Now()) {
		for _, t := range l.Tracks {
			for _, r := range t.Stages {
				within := r.Within.String()
				if r.Within.N == 0 {
					within = "then"
				}
				if r.AtMost.From != "" {
					within += fmt.Sprintf(", at most %s from %s", r.AtMost.Within, r.AtMost.From)
				}
				from := string(r.From)
				if stage := r.From.Stage(); stage != "" {
					from = "submission of " + stage
				}
				fmt.Fprintf(&b, "| %s (`%s`), %s | %s (`%s`) | %s | %s | %s | %s | %s | %s |\n", l.Name, Duty(l.ID, t.ID), l.Status, r.Name, r.ID, r.By, from, within, r.doneBy(l.Of), r.When, r.Article)
			}
		}
	}
	b.WriteString("\n")
	return b.String()
}

// doneBy says how a stage is met.
func (r *Rule) doneBy(of Subject) string {
	var list []string
	if of == OfIncident {
		list = append(list, "submission")
	}
	for _, a := range r.Met {
		list = append(list, string(a))
	}
	return strings.Join(list, ", ")
}
