package main

import (
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/event/render"
)

// summary tells what is there now, whose it is and why, and what to try next.
func (t *demonstration) summary() error {
	t.came()
	for _, part := range []func() error{t.kinds, t.owners, t.told, t.messages, t.queue, t.aside} {
		if err := part(); err != nil {
			return err
		}
	}
	t.next()
	return nil
}

func (t *demonstration) heading(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	t.printf("\n%s\n%s\n", text, strings.Repeat("-", len(text)))
}

func (t *demonstration) came() {
	c := t.total
	t.heading("What came in")
	t.printf("%s rows in %.1f seconds: %s a second, all the way to disk\n", grouped(c.Rows), c.Seconds, grouped(int64(float64(c.Rows)/max(c.Seconds, 1e-3))))
	t.printf("%12s  new events: %s have an owner in the register, %s have none\n", grouped(c.Events), grouped(c.Attributed), grouped(c.Unattributed))
	t.printf("%12s  duplicates: the very same rows of the same feed\n", grouped(c.Duplicates))
	t.printf("%12s  set aside, because they cannot be read; kept, with line and reason\n", grouped(c.SetAside))
	switch n := len(t.again); {
	case n > 1 && c.Events == 0:
		t.printf("All of it came before, so nothing was added. What follows was there already.\n")
	case n == 1:
		t.printf("%s came twice, the second time packed and under another name:\n%s rows, %s events. Nothing is counted double, however often it comes.\n",
			t.again[0].Report, grouped(t.again[0].Rows), grouped(t.again[0].Events))
	}
}

func (t *demonstration) count(text string, limit int, by ...string) ([]desk.Group, error) {
	return t.app.Desk.Count(t.ctx, t.actor, desk.EventQuery{Text: text, By: by, Limit: limit})
}

// kinds counts by class.
func (t *demonstration) kinds() error {
	list, err := t.count("", 12, "classification.taxonomy", "classification.type")
	if err != nil {
		return err
	}
	t.heading("What it is (ENISA's reference taxonomy)")
	t.bars(list, func(g desk.Group) string { return g.Values[0] + ": " + g.Values[1] })
	return nil
}

// bars shows counts as a chart.
func (t *demonstration) bars(list []desk.Group, name func(desk.Group) string) {
	most, width := int64(1), 0
	for _, g := range list {
		most, width = max(most, g.Count), max(width, len([]rune(name(g))))
	}
	for _, g := range list {
		bar := strings.Repeat("#", int((g.Count*20+most-1)/most))
		t.printf("%-*s %9s  %s\n", width, name(g), grouped(g.Count), bar)
	}
}

// owners counts by organisation.
func (t *demonstration) owners() error {
	list, err := t.count("", 0, "organisation")
	if err != nil {
		return err
	}
	var known []desk.Group
	var nobody int64
	for _, g := range list {
		if g.Values[0] == "" {
			nobody = g.Count
			continue
		}
		known = append(known, g)
	}
	t.heading("Whose it is: the first ten of %d organisations", len(known))
	t.bars(known[:min(10, len(known))], func(g desk.Group) string { return g.Values[0] })
	where, err := t.count("-has:organisation has:asn", 1, "source.asn")
	if err != nil {
		return err
	}
	most := ""
	if len(where) > 0 {
		most = fmt.Sprintf(" Most (%s) are in AS%s, which is in no register.", grouped(where[0].Count), where[0].Values[0])
	}
	t.printf("\n")
	t.hang("", fmt.Sprintf("Nobody's: %s events.%s They wait in the team's own queue, for somebody to find out.", grouped(nobody), most))
	return nil
}

// told explains who would be told about a few addresses: an owner with a contact, one without, and nobody.
func (t *demonstration) told() error {
	list, err := t.count("class:infected-system", 500, "source.ip", "organisation", "classification.type")
	if err != nil {
		return err
	}
	t.heading("Who would be told, and why")
	var done [3]bool
	for _, g := range list {
		x, err := t.app.Register.Who(t.ctx, t.actor, constituency.Question{Text: g.Values[0]})
		if err != nil {
			return err
		}
		if kind := kindOf(x); !done[kind] {
			done[kind] = true
			t.printf("%s, seen %s as %s\n", g.Values[0], timesText(g.Count), g.Values[2])
			t.tellWho(x, true)
			t.printf("\n")
		}
		if done == [3]bool{true, true, true} {
			break
		}
	}
	return nil
}

func kindOf(x constituency.Answer) int {
	switch {
	case x.Told == constituency.QueueName:
		return 2
	case x.Told != x.Organisation:
		return 1
	}
	return 0
}

func timesText(n int64) string {
	if n == 1 {
		return "once"
	}
	return grouped(n) + " times"
}

// aside shows the first rows set aside.
func (t *demonstration) aside() error {
	list, err := t.app.Feeds.WithAside(t.ctx, t.actor, 10)
	if err != nil || len(list) == 0 {
		return err
	}
	t.heading("What was set aside, and why")
	for _, in := range list {
		rows, err := t.app.Feeds.Aside(t.actor, in)
		if err != nil {
			return err
		}
		t.printf("%s\n", render.Clean(in.Name, 70))
		for _, r := range rows[:min(len(rows), 6)] {
			t.hang(fmt.Sprintf("  line %-5d %-18s ", r.Line, r.Code), render.Clean(r.Reason, 160))
		}
	}
	return nil
}

func (t *demonstration) next() {
	t.heading("Try next")
	for _, words := range [][]string{
		{"who", "192.0.2.10", "2001:db8:110::7", "hxxp://www.kalla-power[.]example/"},
		{"events", "--by", "organisation,classification.type", "--limit", "20"},
		{"events", `'org:"City Hospital" class:infected-system'`, "--limit", "10"},
		{"events", "country:BV", "--format", "csv", "--limit", "5"},
		{"findings", "state:notified", "class:infected-system", "--limit", "10"},
		{"notify", "--dry-run"},
		{"outbox"},
		{"queue"},
		{"login-link", "--user", "idris"},
		{"feed", "set-aside"},
		{"constituency", "check"},
		{"audit", "list"},
		{"doctor"},
	} {
		t.printf("  %s\n", t.command(words...))
	}
}
