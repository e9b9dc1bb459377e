package countermeasure

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
)

func TestStep(t *testing.T) {
	tests := []struct {
		name string
		kind Kind
		from State
		move MoveName
		to   State
		err  problem.Kind
	}{
		{"asked", Takedown, Draft, MoveAsk, Asked, 0},
		{"asked twice", Takedown, Asked, MoveAsk, "", problem.Conflict},
		{"chased", Takedown, Asked, MoveChase, Chased, 0},
		{"chased, of those that were escalated", Takedown, Escalated, MoveChase, Escalated, 0},
		{"gone", Takedown, Chased, MoveVerify, Gone, 0},
		{"back", Takedown, Gone, MoveRelapse, Relapsed, 0},
		{"a block is to be lifted", Block, Gone, MoveLift, Lifting, 0},
		{"who blocks is reminded", Block, Lifting, MoveChase, Lifting, 0},
		{"a block is off", Block, Lifting, MoveConfirm, Lifted, 0},
		{"a block stays", Block, Lifting, MoveKeep, Gone, 0},
		{"a block is not lifted in one move", Block, Gone, MoveConfirm, "", problem.Conflict},
		{"a take-down is not", Takedown, Gone, MoveLift, "", problem.Conflict},
		{"what was refused is escalated", Takedown, Refused, MoveEscalate, Escalated, 0},
		{"no such move", Takedown, Draft, "burn", "", problem.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Step(tt.kind, tt.from, tt.move)
			if m.To != tt.to || (err == nil) != (tt.to != "") || err != nil && problem.KindOf(err) != tt.err {
				t.Errorf("%v, %v", m, err)
			}
		})
	}
}

// Each state can be reached, and none is a trap but what is over by intention.
func TestTableIsWhole(t *testing.T) {
	reached := []State{Draft}
	for _, m := range Moves() {
		if !slices.Contains(reached, m.To) {
			reached = append(reached, m.To)
		}
		if len(m.By) == 0 || len(m.From) == 0 {
			t.Errorf("%+v", m)
		}
	}
	for _, s := range States() {
		if !slices.Contains(reached, s) {
			t.Errorf("nothing leads to %s", s)
		}
		if len(From(Block, s)) == 0 {
			t.Errorf("nothing leads out of %s", s)
		}
	}
}

// The buttons and the check are of one table.
func TestFromIsWhatStepAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind, state := rapid.SampledFrom([]Kind{Takedown, Block}).Draw(t, "kind"), rapid.SampledFrom(States()).Draw(t, "state")
		move := rapid.SampledFrom(Moves()).Draw(t, "move").Name
		m, err := Step(kind, state, move)
		offered := slices.Contains(From(kind, state), move)
		if offered != (err == nil && slices.Contains(m.By, incident.Person)) {
			t.Errorf("%s of a %s that is %s: offered %v, %v", move, kind, state, offered, err)
		}
	})
}

// The guide shows the table as it is: go test ./internal/incident/countermeasure -run TestGuideShowsTheMoves prints it where they differ.
func TestGuideShowsTheMoves(t *testing.T) {
	guide, err := os.ReadFile("../../../docs/guide/countermeasures.md")
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	if err := Picture(&want); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(guide), "```mermaid\n"+want.String()+"```") {
		t.Errorf("docs/guide/countermeasures.md is behind the table; put there\n%s", want.String())
	}
}
