package delivery

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
)

// backoff is how long a deferred message waits before attempt n+1; the last is for all further ones.
var backoff = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour}

// pauseAfter is the back-off after so many attempts.
func pauseAfter(attempts int) time.Duration { return backoff[min(max(attempts, 1), len(backoff))-1] }

const (
	usualGiveUp = 5 * 24 * time.Hour // as RFC 5321 §4.5.4.1 has it: at least four or five days
	longestWait = 24 * time.Hour     // the most that the other side may ask for
	quickDoubts = 3                  // messages that a dead process held are repeated at once so often; then, as others, with a pause
)

// failure is what the team has to hear of.
type failure struct {
	kind   string // of the task
	object string // of the task: failures of the same kind and object are one task
	title  string
	advice string
	health constituency.Health // what is known of the contact now; "" for nothing new
	lost   bool                // the message reached nobody
}

// verdict is what follows from a result.
type verdict struct {
	move  Move
	next  time.Time // when it is due again
	doubt bool      // a copy may have arrived
	fail  *failure
}

// policy is what verdicts depend on, besides the result.
type policy struct {
	traits Traits
	giveUp time.Duration
	hold   bool // what is in doubt is held
}

func (s *Service) policyOf(channel string) policy {
	p := policy{giveUp: cmp.Or(s.GiveUp[channel], usualGiveUp), hold: s.Doubt == Hold}
	if t, ok := s.channels[channel].(Traited); ok {
		p.traits = t.Traits()
	}
	return p
}

// judge says what follows from an attempt's result.
func (p policy) judge(now time.Time, f *flight) verdict {
	r := f.result
	wait := max(pauseAfter(f.item.Attempt), min(r.RetryAfter, longestWait))
	old := now.Sub(f.item.FirstTried) >= p.giveUp
	switch r.Outcome {
	case Accepted:
		return verdict{move: moveAccept, next: now}
	case Stopped, Down:
		return verdict{move: moveReturn}
	case Refused:
		return verdict{move: moveRefuse, next: now, fail: refusal(f)}
	case Deferred:
		if old {
			return verdict{move: moveRefuse, next: now, fail: givenUp(f)}
		}
		return verdict{move: moveDefer, next: now.Add(wait)}
	default:
		return p.doubted(now, f, wait, old)
	}
}

// doubted decides about a message that may have arrived.
func (p policy) doubted(now time.Time, f *flight, wait time.Duration, old bool) verdict {
	switch {
	case p.traits.Idempotent && old:
		return verdict{move: moveRefuse, next: now, fail: givenUp(f)}
	case p.traits.Idempotent:
		return verdict{move: moveDefer, next: now.Add(wait)}
	case p.hold || old:
		return verdict{move: moveHold, next: now, doubt: true, fail: inDoubt(f)}
	}
	return verdict{move: moveDoubt, next: now.Add(wait), doubt: true}
}

// abandoned decides about a message that a dead process was sending.
func (p policy) abandoned(now time.Time, f *flight) verdict {
	wait, times := time.Duration(0), f.doubts
	if p.traits.Idempotent { // its doubts are not counted
		times = f.item.Attempt - 1
	}
	if times >= quickDoubts { // perhaps it is this very message that ends the process
		wait = pauseAfter(f.item.Attempt)
	}
	f.result = Result{Outcome: Doubtful, Detail: "the process that was sending it ended"}
	return p.doubted(now, f, wait, now.Sub(f.item.FirstTried) >= p.giveUp)
}

// words puts a result into words for a task.
func (r Result) words() string {
	code := ""
	if r.Code != 0 {
		code = fmt.Sprint(r.Code)
	}
	return strings.Join(strings.Fields(code+" "+r.Status+" "+r.Detail), " ")
}

func refusal(f *flight) *failure {
	r := f.result
	x := &failure{
		kind: "refused", object: f.item.Contact, lost: true, health: healthAfter(r.Status, r.Code, r.Recipient),
		title:  fmt.Sprintf("%s of %s refuses messages: %s", f.item.Address, f.toName, r.words()),
		advice: "Ask the organisation for an address that works, and mend the contact: what it was to be told is due again then.",
	}
	if x.health == "" {
		x.kind, x.object = "refused-content", f.item.Channel+":"+f.item.Domain
		x.advice = "It is the message, or the way that it came, that is refused, and not the address: look at the words, and at the relay, its " +
			"reputation, SPF and DKIM. What was to be told is due again with the next run."
	}
	return x
}

func givenUp(f *flight) *failure {
	return &failure{
		kind: "given-up", object: f.item.Contact, lost: true, health: constituency.Doubtful,
		title:  fmt.Sprintf("messages to %s of %s cannot be delivered: %s", f.item.Address, f.toName, f.result.words()),
		advice: "It was tried again and again until the time was over. Find out whether the address still works. What was to be told is due again.",
	}
}

func inDoubt(f *flight) *failure {
	return &failure{
		kind: "in-doubt", object: f.item.ID,
		title:  fmt.Sprintf("message to %s of %s may have arrived: %s", f.item.Address, f.toName, f.result.words()),
		advice: "Look into the relay's log for " + f.item.MessageID + ". If it did not arrive: firehall outbox release " + f.item.ID + "; if it did: firehall outbox arrived " + f.item.ID + " --reason TEXT",
	}
}

// statusHealth is what an enhanced status (RFC 3463, RFC 7505) of a permanent failure says of the contact, whoever sent it; the longest
// beginning counts. What is "" here says nothing of the contact: the sender, the policy, the content.
var statusHealth = map[string]constituency.Health{
	"5.1.": constituency.Bad, "5.1.7": "", "5.1.8": "", "5.1.9": "",
	"5.2.": constituency.Doubtful, "5.2.1": constituency.Bad, "5.2.3": "",
	"5.3.": "",
	"5.4.": constituency.Doubtful, "5.4.4": constituency.Bad,
	"5.5.": "", "5.6.": "", "5.7.": "",
}

// gone are the replies that mean, said of a recipient and without a status that says more, that there is no such recipient.
var gone = map[int]bool{550: true, 551: true, 553: true, 556: true, 410: true}

// healthAfter is what a permanent failure says of the contact; "" for nothing.
func healthAfter(status string, code int, recipient bool) constituency.Health {
	if h, known := statusHealth[status]; known {
		return h
	}
	if len(status) >= 4 {
		if h, known := statusHealth[status[:4]]; known {
			return h
		}
	}
	switch {
	case recipient && gone[code]:
		return constituency.Bad
	case recipient:
		return constituency.Doubtful
	}
	return ""
}
