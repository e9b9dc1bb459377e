package mail

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/jobs"
	"github.com/firehall/firehall/internal/platform/mime"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// lastTry is the attempt from which on a mail that cannot be handled becomes a report that says so, whatever the reason.
const lastTry = 4

// Bounds of a header that is searched for the addresses that a mail came to.
const (
	maxHead   = 256 << 10
	maxCameTo = 50
)

// do makes a report of a mail. It may run again at any point: what was done is found done.
func (d *Door) do(ctx context.Context, t *jobs.Task) error {
	a, at, err := d.load(ctx, t.Subject)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	actor := identity.System("mail")
	if err := d.handle(ctx, actor, a, at); err != nil {
		if problem.Is(err, problem.Unavailable) || ctx.Err() != nil || t.Attempts < lastTry && !problem.Is(err, problem.Invalid) {
			return err
		}
		d.o.Log.WarnContext(ctx, "a mail cannot be handled, and becomes a report that says so", "mail", t.Subject, "error", err)
		if err := d.asItIs(ctx, actor, a, err); err != nil {
			return err
		}
	}
	return d.group.Write(ctx, func(tx *sqldb.Tx) error {
		if err := drop(tx, t.Subject); err != nil {
			return err
		}
		return t.End(tx)
	})
}

// handle gives a mail to whom it concerns.
func (d *Door) handle(ctx context.Context, actor identity.Actor, a Arrival, at time.Time) error {
	used, err := d.cameBack(ctx, actor, a)
	if err != nil || used {
		return err
	}
	m, err := d.read(ctx, a)
	if err != nil {
		return err
	}
	if used, err := d.feed(ctx, actor, m); err != nil || used {
		return err
	}
	r, err := d.o.Accept(ctx, actor, draft(m, a))
	if err != nil {
		return err
	}
	if err := d.acknowledge(ctx, actor, m, r, at); err != nil { // the report stands: that is what counts
		d.o.Log.WarnContext(ctx, "a report was not acknowledged", "report", r.ID, "error", err)
	}
	return nil
}

// feed offers a mail to the feeds. Nobody's word is taken for who sent it; what was cut, or must not be shown, is for a person.
func (d *Door) feed(ctx context.Context, actor identity.Actor, m *mime.Message) (used bool, err error) {
	author, ok := m.Author()
	if d.o.Feed == nil || !ok || verified(m) == incident.Unverified || m.Feedback != nil && m.Feedback.Abhorrent ||
		slices.ContainsFunc(m.Faults, func(f mime.Fault) bool { return f.Code == mime.TooLarge || f.Code == mime.TooManyParts }) {
		return false, nil
	}
	return d.o.Feed(ctx, actor, Fed{From: author.Address, Message: m, TLP: label(m.Subject), Said: labelled.MatchString(m.Subject), PAP: permits(m.Subject), IEP: policy(m)})
}

// cameBack offers what came to a return path to who wrote first.
func (d *Door) cameBack(ctx context.Context, actor identity.Actor, a Arrival) (used bool, err error) {
	if d.o.ReturnPath == nil || d.o.Bounced == nil {
		return false, nil
	}
	for _, to := range cameTo(a) {
		if d.o.ReturnPath(to) {
			// The address stands on top, where the room of bounces looks first; a mail server would write it too.
			raw := append([]byte("Delivered-To: "+to+"\r\n"), a.Raw...)
			used, err = d.o.Bounced(ctx, actor, bytes.NewReader(raw))
			return used && !slices.ContainsFunc(a.Recipients, d.ours), err // who wrote to us as well is heard as well
		}
	}
	return false, nil
}

// cameTo are the addresses that a mail came to. What was fetched from a mailbox tells them in its header alone, where anybody can write them; a
// return path, which nobody can guess, is one all the same.
func cameTo(a Arrival) []string {
	if len(a.Recipients) > 0 {
		return a.Recipients
	}
	head, _, _ := bytes.Cut(a.Raw[:min(len(a.Raw), maxHead)], []byte("\n\r\n"))
	head, _, _ = bytes.Cut(head, []byte("\n\n"))
	m, err := mime.Read(bytes.NewReader(append(bytes.Clone(head), "\r\n\r\n"...)), mime.Limits{})
	if err != nil {
		return nil
	}
	var list []string
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To", "To"} {
		for _, v := range m.Header.Values(name) {
			for _, w := range strings.FieldsFunc(v, func(c rune) bool { return c <= ' ' || strings.ContainsRune(`,;<>"()[]`, c) }) {
				if strings.Contains(w, "@") && len(list) < maxCameTo {
					list = append(list, w)
				}
			}
		}
	}
	return list
}

// read takes a mail apart, and asks about it. A decoder that panics is an error: the mail is of the kind that no code of ours should see again.
func (d *Door) read(ctx context.Context, a Arrival) (m *mime.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			d.o.Log.ErrorContext(ctx, "reading a mail panicked", "panic", p, "stack", string(debug.Stack()))
			err = problem.New(problem.Invalid, "the mail cannot be read: %s", fmt.Sprint(p))
		}
	}()
	if m, err = mime.Read(bytes.NewReader(a.Raw), d.o.Limits); err != nil {
		return nil, err
	}
	if d.o.Resolver != nil {
		m.Auth = mime.Judge(ctx, m, a.Envelope, d.o.Resolver)
	}
	if d.o.Opener != nil {
		err = d.o.Opener.Open(ctx, m)
	}
	return m, err
}

// asItIs makes a report of a mail that nothing else can be made of.
func (d *Door) asItIs(ctx context.Context, actor identity.Actor, a Arrival, why error) error {
	_, err := d.o.Accept(ctx, actor, incident.Draft{
		Door: incident.Mail, Key: digestOf(a.Raw), Subject: "A mail that cannot be read",
		Text:  "This mail could not be processed: " + cut(why.Error(), 500) + "\nIt is kept as it came, among the files.",
		TLP:   label(""),
		Trust: incident.Trust{Faults: []string{"unprocessed"}},
		Raw:   bytes.NewReader(a.Raw),
	})
	if problem.Is(err, problem.Invalid) {
		return jobs.Final(err) // it stays, and a person is told
	}
	return err
}
