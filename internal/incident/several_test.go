package incident

import (
	"errors"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

// One that refuses stops none of the others; one that is not there is named as it was asked for, and no more is said.
func TestSeverally(t *testing.T) {
	var asked []string
	answers := map[string]error{
		"b": problem.New(problem.Conflict, "b is closed"), "c": problem.New(problem.NotFound, "there is no c, which is secret"), "d": problem.New(problem.Forbidden, "not you"),
	}
	do := func(name string) error {
		asked = append(asked, name)
		return answers[name]
	}
	got, err := Severally([]string{"e", "a", "b", "a", "c", "d"}, 5, do)
	if err != nil || !slices.Equal(asked, []string{"e", "a", "b", "c", "d"}) || !slices.Equal(got.Moved, []string{"e", "a"}) {
		t.Fatalf("%+v, asked for %v, %v", got, asked, err)
	}
	want := []Unmoved{{ID: "b", Why: "state", Text: "b is closed", Err: answers["b"]}, {ID: "c", Why: "gone"}, {ID: "d", Why: "forbidden", Text: "not you", Err: answers["d"]}}
	if !slices.Equal(got.Unmoved, want) {
		t.Errorf("%+v", got.Unmoved)
	}
	for _, names := range [][]string{nil, {"a", "b", "c"}} {
		if _, err := Severally(names, 2, do); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v: %v", names, err)
		}
	}
	answers["b"] = errors.New("the disk is full")
	if got, err := Severally([]string{"a", "b", "e"}, 5, do); !errors.Is(err, answers["b"]) || len(got.Moved) != 1 {
		t.Errorf("what broke was kept back: %+v, %v", got, err)
	}
}
