package delivery

import (
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
)

func TestHealthAfter(t *testing.T) {
	tests := []struct {
		name, status string
		code         int
		recipient    bool
		want         constituency.Health
	}{
		{"no such mailbox", "5.1.1", 550, true, constituency.Bad},
		{"no such mailbox, said at the end", "5.1.1", 550, false, constituency.Bad},
		{"no such domain", "5.1.2", 0, true, constituency.Bad},
		{"null MX", "5.1.10", 556, true, constituency.Bad},
		{"our own address is bad", "5.1.8", 550, true, ""},
		{"mailbox disabled", "5.2.1", 550, true, constituency.Bad},
		{"mailbox full", "5.2.2", 552, true, constituency.Doubtful},
		{"too long for the mailbox", "5.2.3", 552, true, ""},
		{"no route", "5.4.4", 0, true, constituency.Bad},
		{"time expired", "5.4.7", 0, true, constituency.Doubtful},
		{"policy", "5.7.1", 550, true, ""},
		{"content", "5.6.0", 554, false, ""},
		{"system", "5.3.4", 552, false, ""},
		{"550 at RCPT", "", 550, true, constituency.Bad},
		{"550 at RCPT, 5.0.0", "5.0.0", 550, true, constituency.Bad},
		{"554 at RCPT", "", 554, true, constituency.Doubtful},
		{"550 of the message", "", 550, false, ""},
		{"a webhook that is gone", "", 410, true, constituency.Bad},
		{"a webhook that forbids", "", 403, false, ""},
		{"nonsense", "5.", 0, false, ""},
	}
	for _, tt := range tests {
		if got := healthAfter(tt.status, tt.code, tt.recipient); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What is in doubt: repeated as policy says, with a channel that knows repeats as if nothing was, and never for ever.
func TestDoubt(t *testing.T) {
	idempotent, hold := policy{traits: Traits{Idempotent: true}, giveUp: time.Hour}, policy{giveUp: time.Hour, hold: true}
	tests := []struct {
		name      string
		policy    policy
		abandoned bool // by a dead process
		age       time.Duration
		doubts    int
		to        State
		wait      time.Duration
	}{
		{"repeated later", policy{giveUp: time.Hour}, false, 0, 0, InDoubt, time.Minute},
		{"repeated at once after a kill", policy{giveUp: time.Hour}, true, 0, 0, InDoubt, 0},
		{"later after many kills", policy{giveUp: time.Hour}, true, 0, 3, InDoubt, time.Minute},
		{"held", hold, false, 0, 0, Held, 0},
		{"held after a kill", hold, true, 0, 0, Held, 0},
		{"held when it is old", policy{giveUp: time.Hour}, false, time.Hour, 0, Held, 0},
		{"a channel that knows repeats", idempotent, false, 0, 0, Queued, time.Minute},
		{"a channel that knows repeats, after a kill", idempotent, true, 0, 0, Queued, 0},
		{"a channel that knows repeats, old", idempotent, false, time.Hour, 0, Rejected, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &flight{item: Item{ID: "x", Attempt: 1, FirstTried: start}, doubts: tt.doubts, result: Result{Outcome: Doubtful}}
			now := start.Add(tt.age)
			v := tt.policy.judge(now, f)
			if tt.abandoned {
				v = tt.policy.abandoned(now, f)
			}
			if v.move.To != tt.to || v.next.Sub(now) != tt.wait {
				t.Errorf("to %s after %v, want %s after %v", v.move.To, v.next.Sub(now), tt.to, tt.wait)
			}
			if (v.fail != nil) != (tt.to == Held || tt.to == Rejected) {
				t.Errorf("the team hears: %v", v.fail)
			}
		})
	}
}

// Each verdict's move stands in the table, and no move leaves an end but by a person's or a bounce's hand.
func TestMoves(t *testing.T) {
	for _, m := range Moves() {
		for _, from := range m.From {
			if from.Final() && m.By == ByLane {
				t.Errorf("the lane moves %s messages: %s", from, m.Name)
			}
			if !slices.Contains(States(), from) || !slices.Contains(States(), m.To) {
				t.Errorf("%s uses a state that nobody knows", m.Name)
			}
		}
	}
	if s, err := ParseState("held"); err != nil || s != Held {
		t.Errorf("%s, %v", s, err)
	}
	if _, err := ParseState("lost"); err == nil {
		t.Error("lost is a state")
	}
}

func TestReplyCode(t *testing.T) {
	for text, want := range map[string]int{
		"smtp; 550 5.1.1 no such user": 550, "SMTP;550": 550, "550 no": 550, "x-unix; 550": 0, "55": 0, "": 0, "abc": 0, "smtp; 999": 0, "smtp;": 0,
	} {
		if got := replyCode(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestLineOf(t *testing.T) {
	for text, want := range map[string]string{
		"a\r\nb\tc": "a b c", "\xff": "?", "plain": "plain", "0123456789a": "0123456789…", "a\u2028b": "a b",
	} {
		if got := lineOf(text, 10); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
