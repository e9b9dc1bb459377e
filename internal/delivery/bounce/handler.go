package bounce

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/delivery/token"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// OpTake is to take in what came back.
const OpTake identity.Operation = "bounce.take"

// Handler acts on what comes back.
type Handler struct {
	DB         *sqldb.DB
	Clock      clock.Clock
	Deliveries *delivery.Service
	Secret     [32]byte // that the return paths were made with
}

// Did is what became of a report.
type Did string

// What may become of a report.
const (
	Bounced Did = "bounced" // the delivery has failed: its contact, the team's queue and what was told know
	Noted   Did = "noted"   // remembered
	Asked   Did = "task"    // a person has to read it
	Known   Did = "known"   // it was taken before
	Nothing Did = "nothing" // it cannot be used
)

// Result is what became of one report.
type Result struct {
	Did       Did    `json:"did"`
	Why       string `json:"why"`
	Delivery  string `json:"delivery,omitempty"` // id
	Kind      Kind   `json:"kind"`
	Action    string `json:"action,omitempty"`
	Status    string `json:"status,omitempty"`
	Recipient string `json:"recipient,omitempty"`
}

// Outcome is what became of one input.
type Outcome struct {
	Results []Result
	Unused  int // reports that could not be used
}

// Take reads one message, or an mbox, and acts on each report that came to a valid return path. It may be called again with the same input.
// What cannot be used is told in the outcome. Errors, after which the outcome holds what was done before: Forbidden, Unavailable, and Invalid
// for too many messages.
func (h *Handler) Take(ctx context.Context, actor identity.Actor, r io.Reader) (Outcome, error) {
	var out Outcome
	if err := actor.Authorise(OpTake, "bounces"); err != nil {
		return out, err
	}
	err := each(r, func(reports []Report) error {
		for _, report := range reports {
			res, err := h.take(ctx, actor, report)
			if err != nil {
				return err
			}
			if res.Did == Nothing {
				out.Unused++
			}
			out.Results = append(out.Results, res)
			if res.Delivery == "" { // so it is with all the others of this message: a hundred lines would say the same
				break
			}
		}
		return ctx.Err()
	})
	return out, err
}

func (h *Handler) take(ctx context.Context, actor identity.Actor, r Report) (Result, error) {
	res := Result{Kind: r.Kind, Action: r.Action, Status: r.Status, Recipient: r.Recipient}
	if r.Kind == Unreadable {
		return res.because(Nothing, r.Text), nil
	}
	id, ok := h.about(r.To)
	if !ok {
		return res.because(Nothing, "it did not come to a return path of ours, so nobody knows what it is about"), nil
	}
	res.Delivery = id
	d, _, err := h.Deliveries.Get(ctx, actor, id)
	if err != nil {
		return res.refused(err)
	}
	return h.act(ctx, actor, d, r, res)
}

// about finds the delivery whose return path is among the addresses that a report came to.
func (h *Handler) about(to []string) (id string, ok bool) {
	for _, address := range to {
		if id, ok := token.Parse(h.Secret[:], address); ok {
			return id, true
		}
	}
	return "", false
}

// because says what became of a report, and why.
func (r Result) because(did Did, why string) Result {
	r.Did, r.Why = did, why
	return r
}

// refused turns what another room refused into a result; what may be different later ends the run.
func (r Result) refused(err error) (Result, error) {
	if k := problem.KindOf(err); k == problem.NotFound || k == problem.Conflict || k == problem.Invalid {
		return r.because(Nothing, err.Error()), nil
	}
	return r, err
}

// act does what a report of one of our deliveries asks for, unless that was done before. A failure is told to delivery first and remembered
// then: if this process dies between, the next run tells it again, which changes nothing.
func (h *Handler) act(ctx context.Context, actor identity.Actor, d delivery.Delivery, r Report, res Result) (Result, error) {
	x := heard{Digest: r.digest(d.ID), Delivery: d.ID, Kind: r.Kind, Action: r.Action, Status: r.Status}
	known, others, err := h.heard(ctx, x)
	switch {
	case err != nil:
		return res, err
	case known:
		return res.because(Known, "it was taken before"), nil
	case others >= maxReports:
		return res.because(Nothing, "more came back for this message than one recipient's servers say: somebody may be playing with its return path"), nil
	}
	res = res.because(plan(d, r))
	if res.Did == Bounced || r.Kind == Status && r.Action == Delayed {
		b := delivery.Bounce{Permanent: res.Did == Bounced, Status: r.Status, Diagnostic: r.words()}
		if err := h.Deliveries.Bounced(ctx, actor, d.ID, b); err != nil {
			return res.refused(err)
		}
	}
	fresh := true
	err = h.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if fresh, err = x.remember(tx, actor, h.Clock.Now()); err != nil || !fresh || res.Did != Asked {
			return err
		}
		private, err := h.Deliveries.Private(tx, d.ID)
		if err != nil {
			return err
		}
		_, err = queue.Raise(tx, h.Clock.Now(), r.task(d, private))
		return err
	})
	if err == nil && !fresh {
		res = res.because(Known, "another process took it at the same moment")
	}
	return res, err
}

// plan says what a report leads to, and why.
func plan(d delivery.Delivery, r Report) (Did, string) {
	switch {
	case r.Kind == Automatic:
		return Asked, "something answered by itself: a person has to read it"
	case r.Kind == Answer:
		return Asked, "somebody answered the return path: a person has to read it"
	case r.Action == Failed && d.State == delivery.Bounced:
		return Known, "the message has bounced already"
	case r.Action == Failed:
		return Bounced, "the message reached nobody: its contact is marked, and the team has a task"
	case r.Action == Delayed:
		return Noted, "the other side is still trying"
	case r.Action == Delivered || r.Action == Relayed || r.Action == Expanded:
		return Noted, "the message went on"
	}
	return Noted, "the other side says neither that it failed nor that it arrived"
}

// words are the server's, with the address that they are about: behind an alias it is another one than ours.
func (r Report) words() string {
	switch {
	case r.Diagnostic == "":
		return r.Recipient
	case r.Recipient == "":
		return r.Diagnostic
	}
	return r.Diagnostic + " (said of " + r.Recipient + ")"
}

// digest names a report: the same one, come again by whatever way, has the same.
func (r Report) digest(delivery string) string {
	text := r.Text
	if r.MessageID != "" {
		text = ""
	}
	b, _ := json.Marshal([]string{delivery, string(r.Kind), r.Action, r.Status, r.Recipient, r.MessageID, text}) // strings always can
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// task asks a person to read an answer. What answers by itself does so to each message, and is one task for the contact. Of a private message it
// says only that something came back.
func (r Report) task(d delivery.Delivery, private bool) queue.Task {
	if private {
		return queue.Task{
			Kind: "answer", Object: d.ID, Title: "the return path of a message in a restricted dialogue was answered", Detail: "message " + d.ID,
			Advice: "Whoever handles it asks the other side to write to the Reply-To address: what came to the return path is not shown here.",
		}
	}
	t := queue.Task{
		Kind: "answer", Organisation: d.Organisation, Contact: d.Contact, Object: d.ID, Detail: r.Text,
		Title:  d.Address + " of " + d.ToName + " answered the return path of a message",
		Advice: "Read it. Whoever wrote it may expect an answer: people are to write to the Reply-To address, and this came to the return path.",
	}
	if r.Kind == Automatic {
		t.Kind, t.Object = "automatic-answer", d.Contact
		t.Title = "something at " + d.Address + " of " + d.ToName + " answers messages by itself"
		t.Advice = "Read whether anybody will see our messages: an absence, a new address, a ticket, or a bounce in plain words. The contact is as it was: mend it if need be."
	}
	return t
}

// heard is what is kept of a report.
type heard struct {
	Digest   string `json:"-"`
	Delivery string `json:"-"`
	Kind     Kind   `json:"kind"`
	Action   string `json:"action,omitempty"`
	Status   string `json:"status,omitempty"`
}

// heard tells whether a report was taken before, and how many others of its delivery were.
func (h *Handler) heard(ctx context.Context, x heard) (known bool, others int, err error) {
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var same int
		err := tx.QueryRow(`SELECT count(*) FILTER (WHERE digest = $1), count(*) FROM bounce WHERE delivery = $2`, x.Digest, x.Delivery).Scan(&same, &others)
		known = same > 0
		return err
	})
	return known, others, err
}

// remember writes down that a report was taken; false if it was already. It is a step of Take, which has authorised.
func (x heard) remember(tx *sqldb.Tx, actor identity.Actor, now time.Time) (fresh bool, err error) {
	n, err := tx.Exec(`INSERT INTO bounce (digest, delivery, action, status, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		x.Digest, x.Delivery, x.Action, x.Status, now)
	if err != nil || n == 0 {
		return false, err
	}
	return true, actor.Audit(tx, now, OpTake, x.Delivery, nil, x)
}

// OpForget is to forget reports that came back long ago.
const OpForget identity.Operation = "bounce.forget"

// Forget drops what is kept of reports for so long that they would not be believed if they came again. It returns how many it dropped.
func (h *Handler) Forget(ctx context.Context, actor identity.Actor, olderThan time.Duration) (n int64, err error) {
	if err := actor.Authorise(OpForget, ""); err != nil {
		return 0, err
	}
	before := h.Clock.Now().Add(-olderThan)
	err = h.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if n, err = tx.Exec(`DELETE FROM bounce WHERE at < $1`, before); err != nil || n == 0 {
			return err
		}
		return actor.Audit(tx, h.Clock.Now(), OpForget, "", nil, map[string]any{"reports": n, "before": before})
	})
	return n, err
}
