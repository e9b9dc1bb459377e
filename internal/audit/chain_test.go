package audit

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func somePayload(t *rapid.T, label string) payload {
	text := rapid.StringN(0, 4, -1)
	return payload{
		ID: text.Draw(t, label+" id"), At: rapid.Int64Range(0, 9).Draw(t, label+" at"),
		Actor: text.Draw(t, label+" actor"), ActorKind: text.Draw(t, label+" kind"), Via: text.Draw(t, label+" via"),
		Operation: text.Draw(t, label+" operation"), Object: text.Draw(t, label+" object"), Reason: text.Draw(t, label+" reason"),
		Before: text.Draw(t, label+" before"), After: text.Draw(t, label+" after"),
	}
}

// Two payloads have the same commitment, under one salt, only if they are equal:
// no text can move from a field to its neighbour.
func TestCommitmentTellsPayloadsApart(t *testing.T) {
	salt := newSalt()
	rapid.Check(t, func(t *rapid.T) {
		a, b := somePayload(t, "a"), somePayload(t, "b")
		if rapid.Bool().Draw(t, "shift") { // the same bytes, cut at another place
			b = a
			b.Actor, b.ActorKind = "", a.Actor+a.ActorKind
		}
		a.Salt, b.Salt = nil, nil
		same := equal(a, b)
		a.Salt, b.Salt = salt, salt
		if got := bytes.Equal(a.commitment(), b.commitment()); got != same {
			t.Fatalf("equal payloads %v, equal commitments %v", same, got)
		}
	})
}

func equal(a, b payload) bool {
	return a.ID == b.ID && a.At == b.At && a.Actor == b.Actor && a.ActorKind == b.ActorKind && a.Via == b.Via &&
		a.Operation == b.Operation && a.Object == b.Object && a.Reason == b.Reason && a.Before == b.Before && a.After == b.After
}

func TestSaltHidesAnErasedPayload(t *testing.T) {
	p, q := payload{ID: "x", Salt: newSalt()}, payload{ID: "x", Salt: newSalt()}
	if bytes.Equal(p.commitment(), q.commitment()) {
		t.Error("equal payloads have equal commitments under different salts: they can be guessed")
	}
}

// The head depends on every commitment and on their order.
func TestChainDependsOnEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 3), 1, 6)
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		if rapid.Bool().Draw(t, "permute") {
			b = rapid.Permutation(a).Draw(t, "permuted")
		}
		same := len(a) == len(b)
		for i := 0; same && i < len(a); i++ {
			same = bytes.Equal(a[i], b[i])
		}
		if got := head(a) == head(b); got != same {
			t.Fatalf("equal lists %v, equal heads %v", same, got)
		}
	})
}

func head(commitments [][]byte) (c Head) {
	for _, x := range commitments {
		c = c.next(x)
	}
	return c
}
