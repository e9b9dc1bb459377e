package notification

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/event/finding"
	"github.com/firehall/firehall/internal/notification/message"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

type findingKey = finding.Key

// item is a due finding and the events behind it that its owner was not told of.
type item struct {
	finding finding.Finding
	id      string
	network string // as registered: 192.0.2.0/24
	rows    []row
}

type row struct {
	Evidence
	bit int // of its source
}

// noSource is the bit of events whose source is not known. No mask has it, so that they are never shown.
const noSource = 63

// letter is a message that is made: its parts, ready to be sent.
type letter struct {
	*bundle
	permit           release.Permit
	label            tlp.Label
	ticket           string
	thread           thread
	classes          []string
	findings, events int64
	parts            []part
	left             int64 // findings that it leaves out, since nothing new of them may be shown
}

// part is one mail of a letter, and the findings that it tells of.
type part struct {
	ready delivery.Ready
	told  []finding.Told
}

// guarded tells that who reads a subject on the way must not learn what the message is about.
func guarded(l tlp.Label) bool { return l >= tlp.Amber }

// compose makes the messages of units on all processors, and tells which could not be made.
func (r *sending) compose(ctx context.Context, units []*unit) ([]problemOf, error) {
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(r.Workers)
	problems := make([][]problemOf, len(units))
	for i, u := range units {
		group.Go(func() (err error) {
			problems[i], err = r.composeUnit(working, u)
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(problems...), err
}

// leftOut notes what of messages that go is left for another run.
func (r *sending) leftOut(units []*unit) {
	for _, u := range units {
		for _, l := range u.letters {
			if l.left > 0 {
				m := l.Message
				m.Findings, m.Events, m.Held = l.left, 0, errNothing.Error()
				r.run.Held = append(r.run.Held, m)
			}
		}
	}
}

// problemOf is why a message could not be made.
type problemOf struct {
	*bundle
	err error
}

// errNothing is no error of ours: a message turned out to be empty, and its findings stay due.
var errNothing = problem.New(problem.Conflict, "all that is new of it came from sources that this recipient may not be shown, or that nobody approved yet: it goes when others show it")

// composeUnit makes the messages of a unit. One that cannot be made holds up no other: whatever is wrong with it, a template or a key, is told.
func (r *sending) composeUnit(ctx context.Context, u *unit) (failed []problemOf, err error) {
	for _, b := range u.bundles {
		l, err := r.letter(ctx, u, b)
		switch {
		case err == nil:
			u.letters = append(u.letters, l)
		case ctx.Err() != nil:
			return nil, err
		default:
			failed = append(failed, problemOf{b, err})
		}
	}
	if len(u.copies) == 0 {
		return failed, nil
	}
	more, err := r.composeCopies(ctx, u)
	return append(failed, more...), err
}

const taskCannotMake = "cannot-make"

// setAside holds what could not be made, and says so in the team's queue.
func (r *sending) setAside(ctx context.Context, failed []problemOf) error {
	if len(failed) == 0 {
		return nil
	}
	for _, f := range failed {
		m := f.Message
		m.Held = f.err.Error()
		r.run.Held = append(r.run.Held, m)
	}
	return r.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, f := range failed {
			if errors.Is(f.err, errNothing) {
				continue // nobody has to do anything
			}
			t := taskOf(&bundle{Message: f.Message, task: taskCannotMake})
			t.Detail = f.err.Error()
			if _, err := queue.Raise(tx, r.facts.now, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// letter makes one message; errNothing if nothing of it may be shown.
func (r *sending) letter(ctx context.Context, u *unit, b *bundle) (*letter, error) {
	l := &letter{bundle: b, thread: r.facts.threads[pair{b.OrganisationID, b.Contact}]}
	if l.ticket = l.thread.ticket; l.ticket == "" {
		l.ticket = newTicket(r.Team.Name)
	}
	text, used, left := r.write(u, b)
	if l.left = left; len(text.Sections) == 0 {
		return nil, errNothing
	}
	var err error
	if l.permit, err = b.to.permit(used); err != nil {
		return nil, err
	}
	l.label, l.findings, l.events = l.permit.Label(), text.Findings, text.Events
	text.Label, text.Ticket, text.Attributions, text.Handling = l.label, l.ticket, r.facts.attributionsOf(used&^b.to.nameless(used)), l.permit.Handling()
	for _, s := range text.Sections {
		if !slices.Contains(l.classes, s.Type) {
			l.classes = append(l.classes, s.Type)
		}
	}
	for _, p := range r.facts.text.Split(text) {
		if err := r.part(ctx, u, l, p, r.facts.feedsOf(used)); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// part renders and composes one mail of a letter. A follow-up stands behind what was sent before, a further part behind the first one.
func (r *sending) part(ctx context.Context, u *unit, l *letter, text message.Letter, feeds []string) error {
	out, err := r.facts.text.Render(ctx, text)
	if err != nil {
		return err
	}
	d := delivery.Draft{
		ID: id.NewAt(r.facts.now), To: l.to.contact, ToName: l.to.of.Name, Subject: out.Subject, Generic: out.Generic, Text: out.Text,
		Attachments: out.Attachments, Payload: out.Payload, Label: l.label, Language: l.to.contact.Language, Ticket: l.ticket,
		Thread: l.behind(), Date: r.facts.now, Feeds: feeds, Batch: r.run.ID,
	}
	ready, err := r.Delivery.Compose(ctx, l.permit, d)
	if err != nil {
		return err
	}
	told := r.toldIn(u, text)
	if l.isCopy() { // the findings are the team's: it is told
		told = nil
	}
	l.parts = append(l.parts, part{ready, told})
	return nil
}

func (l *letter) behind() delivery.Thread {
	if len(l.parts) > 0 {
		first := l.parts[0].ready.MessageID
		return delivery.Thread{InReplyTo: first, References: append(slices.Clone(l.parts[0].ready.Draft.Thread.References), first)}
	}
	if l.thread.first == "" {
		return delivery.Thread{}
	}
	refs := []string{l.thread.first}
	if l.thread.last != l.thread.first {
		refs = append(refs, l.thread.last)
	}
	return delivery.Thread{InReplyTo: l.thread.last, References: refs}
}

// toldIn lists the findings that a part tells of.
func (r *sending) toldIn(u *unit, text message.Letter) (told []finding.Told) {
	seen := map[string]bool{}
	for _, s := range text.Sections {
		for _, row := range s.Rows {
			if seen[row.Finding] {
				continue
			}
			seen[row.Finding] = true
			f := u.ids[row.Finding].finding
			told = append(told, finding.Told{
				Key: f.Key, Version: f.Version, Organisation: f.Organisation, Next: r.facts.now.Add(r.rules.again(f.Type)),
			})
		}
	}
	return told
}

// write makes the text's data of what a bundle may show, and tells from which sources that came, and how many findings had to be left out.
func (r *sending) write(u *unit, b *bundle) (l message.Letter, used uint64, left int64) {
	l = message.Letter{
		Language: b.to.contact.Language, Team: r.Team, Organisation: b.Organisation, Address: b.To, Purpose: string(b.to.contact.Purpose),
		Made: r.facts.now, Zone: r.zone(),
	}
	var sections sections
	for _, it := range u.sorted() {
		if b.classes[it.finding.Type] == nil || it.finding.Sources&b.shown == 0 || b.isCopy() && !b.only[it.id] {
			continue
		}
		shown := b.to.showing(b.shown, it.finding, u.party.id)
		rows, from := it.show(b.to, shown)
		if len(rows) == 0 {
			left++
			continue
		}
		used |= from
		f := it.within(rows, shown)
		if b.to.nameless(from) != 0 {
			f.Report = "" // what a source calls its reports says who it is
		}
		sections.add(f, rows)
		l.Reminder = l.Reminder || !it.finding.Told.IsZero()
	}
	for _, s := range sections.sorted() {
		l.Sections = append(l.Sections, *s)
		l.Findings += s.Findings
		l.Events += s.Events
	}
	return l, used, left
}
