package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/notification"
)

const (
	planWidth = 100 // of the table of a plan
	planRows  = 200 // messages that the table shows
	planNames = 5   // organisations that a reason names
	planWaits = 20  // things that wait for approval
	planHeld  = 20  // reasons why messages are held
	sentHeld  = 6   // the same after sending, where most are known from before
)

// tellPlan prints a plan for people: a table of messages, then why some do not go, and what to do.
func (n *notifying) tellPlan(plan notification.Plan) error {
	if len(plan.Messages) == 0 {
		n.printf("Nothing is to be told now.\n")
		return nil
	}
	t := newLines(n.session, "organisation", "to", "state", "findings", "events", "about")
	for _, m := range plan.Messages[:min(planRows, len(plan.Messages))] {
		t.add(render.Clean(whose(m), planWidth), render.Clean(cmp.Or(m.To, "-"), planWidth), stateOf(m), grouped(m.Findings), grouped(m.Events), render.Clean(about(m), 300))
	}
	t.fitPlan()
	if err := t.print(0); err != nil {
		return err
	}
	if more := len(plan.Messages) - planRows; more > 0 {
		n.printf("... and %s more: --json shows all\n", grouped(int64(more)))
	}
	n.tellWaits(plan.Messages)
	n.tellHeld(slices.DeleteFunc(slices.Clone(plan.Messages), func(m notification.Message) bool { return m.Held == "" }), planHeld, "--json shows all")
	n.tellNext(plan)
	return nil
}

// about says what a message tells: its subject without label and ticket, which stand before it in brackets; or its classes, where the subject
// tells nothing because everybody on the way can read it.
func about(m notification.Message) string {
	if label, err := tlp.Parse(m.Label); m.Label != "" && (err != nil || label >= tlp.Amber) {
		return strings.Join(m.Classes, ", ")
	}
	subject := m.Subject
	for strings.HasPrefix(subject, "[") {
		_, rest, ok := strings.Cut(subject, "] ")
		if !ok {
			break
		}
		subject = rest
	}
	return subject
}

// whose names the organisation of a message, and of a copy the team beside whose message it goes.
func whose(m notification.Message) string {
	if m.CopyOf == "" || m.CopyOf == m.Organisation {
		return m.Organisation
	}
	return "copy: " + m.Organisation
}

// stateOf says in a word whether a message goes.
func stateOf(m notification.Message) string {
	switch {
	case m.Goes():
		return "goes"
	case m.Held != "":
		return "held"
	}
	return "waits"
}

// The columns of a plan's table.
const (
	planOrganisation = iota
	planTo
	planState
	planFindings
	planEvents
	planAbout
)

// fitPlan gives organisation and address what they need, within reason, and what it is about the rest; numbers stand to the right.
func (t *lines) fitPlan() {
	widest := func(column, most int) int {
		w := len(t.header[column])
		for _, row := range t.rows {
			w = max(w, utf8.RuneCountInString(row[column]))
		}
		return min(w, most)
	}
	organisation, to := widest(planOrganisation, 20), widest(planTo, 26)
	findings, events := widest(planFindings, planWidth), widest(planEvents, planWidth)
	about := max(planWidth-organisation-to-findings-events-len("waits")-2*planAbout, leastWidth)
	right := func(s string, w int) string { return fmt.Sprintf("%*s", w, s) }
	for _, row := range append([][]string{t.header}, t.rows...) {
		row[planOrganisation], row[planTo] = render.Clean(row[planOrganisation], organisation), render.Clean(row[planTo], to)
		row[planFindings], row[planEvents] = right(row[planFindings], findings), right(row[planEvents], events)
		row[planAbout] = render.Clean(row[planAbout], about)
	}
}

// tellWaits says what nobody approved yet, each thing once.
func (n *notifying) tellWaits(list []notification.Message) {
	count := map[string]int{}
	for _, m := range list {
		if m.Held != "" && !slices.ContainsFunc(m.Waits, isAmount) {
			continue // it would not go if it were approved
		}
		for _, w := range m.Waits {
			count[w]++
		}
	}
	if len(count) == 0 {
		return
	}
	things := make([]string, 0, len(count))
	for w := range count {
		things = append(things, w)
	}
	slices.SortFunc(things, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	n.printf("\nNot approved yet, so that nothing new is mailed by surprise:\n")
	for _, w := range things[:min(planWaits, len(things))] {
		n.printf("  %s (%s)\n", render.Clean(w, planWidth), plural(int64(count[w]), "message"))
	}
	if more := len(things) - planWaits; more > 0 {
		n.printf("  ... and %s more\n", grouped(int64(more)))
	}
}

// isAmount tells that a message waits for somebody to approve how much is in it.
func isAmount(wait string) bool { return strings.HasPrefix(wait, notification.ApprovedAmount+" ") }

// why is a reason for which messages are held, and what a person can do.
type why struct{ held, advice string }

// tellHeld says why messages are held: each reason once, with those whom it concerns; at most so many reasons, and where the others are.
func (n *notifying) tellHeld(list []notification.Message, most int, others string) {
	whom := map[why][]string{}
	var reasons []why
	for _, m := range list {
		w := why{m.Held, m.Advice}
		if whom[w] == nil {
			reasons = append(reasons, w)
		}
		whom[w] = append(whom[w], m.Organisation)
	}
	slices.SortStableFunc(reasons, func(a, b why) int { return cmp.Compare(len(whom[b]), len(whom[a])) })
	if len(reasons) > 0 {
		n.printf("\nHeld:\n")
	}
	for _, w := range reasons[:min(most, len(reasons))] {
		n.hang("  - ", render.Clean(names(whom[w])+": "+w.held, 600))
		if w.advice != "" {
			n.hang("    ", render.Clean(w.advice, 400))
		}
	}
	if more := len(reasons) - most; more > 0 {
		n.printf("  ... and for %s: %s\n", plural(int64(more), "other reason"), others)
	}
}

// names lists the first of several names.
func names(list []string) string {
	list = slices.Compact(slices.Sorted(slices.Values(list)))
	text := strings.Join(list[:min(planNames, len(list))], ", ")
	if more := len(list) - planNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// tellNext sums up, and says what to do.
func (n *notifying) tellNext(plan notification.Plan) {
	going, waiting, held := plan.Tally()
	n.printf("\n%s would go now, %d for approval, %d held.\n", plural(int64(going), "message"), waiting, held)
	if waiting > 0 {
		n.printf("  %s   approves them; --organisation, --feed, --class narrow it\n", n.command("notify", "--approve"))
	}
	if going > 0 || waiting > 0 {
		n.printf("  %s      sends what is approved\n", n.command("notify", "--send"))
	}
}

// tellApprovals prints what was approved.
func (n *notifying) tellApprovals(list []notification.Approval) error {
	if n.JSON {
		if n.Send {
			return nil // it stands in the summary
		}
		return printLines(n.session, list)
	}
	for _, a := range list {
		n.printf("Approved: %s %s\n", a.Kind, render.Clean(cmp.Or(a.Name, a.Value), 120))
	}
	if len(list) == 0 {
		n.printf("Nothing waits for approval.\n")
	}
	if !n.Send && len(list) > 0 {
		n.printf("%s sends what may go now.\n", n.command("notify", "--send"))
	}
	return nil
}

// tellRun says what messages were made.
func (n *notifying) tellRun(out sending) {
	switch out.Messages {
	case 0:
		n.printf("No new messages.\n")
	default:
		n.printf("%s about %s and %s of them, made in %.1f s.\n", plural(out.Messages, "message"), plural(out.Findings, "finding"),
			plural(out.Observations, "observation"), out.Seconds)
		n.printf("  %s keeps them from going on, if something is wrong\n", n.command("stop", "batch", out.Batch, "--reason", "TEXT"))
	}
	if out.Moved > 0 {
		n.printf("  %s another's since the register changed\n", isAre(out.Moved, "finding"))
	}
	if out.Woken > 0 {
		n.printf("  %s open again, since their muting ended\n", isAre(out.Woken, "finding"))
	}
}

// isAre counts things that are something.
func isAre(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing + " is"
	}
	return plural(n, thing) + " are"
}
