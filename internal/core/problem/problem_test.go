package problem_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

func TestKindOf(t *testing.T) {
	notFound := problem.New(problem.NotFound, "organisation %q is not there", "x")
	tests := []struct {
		name string
		err  error
		want problem.Kind
		text string
	}{
		{"plain error", errors.New("boom"), problem.Internal, "boom"},
		{"made here", notFound, problem.NotFound, `organisation "x" is not there`},
		{"wrapped by fmt", fmt.Errorf("import: %w", notFound), problem.NotFound, `import: organisation "x" is not there`},
		{"joined", errors.Join(errors.New("a"), notFound), problem.NotFound, "a\norganisation \"x\" is not there"},
		{"the outermost counts", problem.Wrap(problem.Invalid, notFound, "line %d", 3), problem.Invalid, `line 3: organisation "x" is not there`},
		{"%w in New", problem.New(problem.Unavailable, "open: %w", fs.ErrNotExist), problem.Unavailable, "open: file does not exist"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := problem.KindOf(tt.err); got != tt.want || tt.err.Error() != tt.text {
				t.Errorf("got %v: %s", got, tt.err)
			}
			if !problem.Is(tt.err, tt.want) {
				t.Error("Is disagrees with KindOf")
			}
		})
	}
}

func TestCauseStaysReachable(t *testing.T) {
	for _, err := range []error{
		problem.Wrap(problem.NotFound, fs.ErrNotExist, "read"),
		problem.New(problem.NotFound, "read: %w", fs.ErrNotExist),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v hides its cause", err)
		}
	}
}

func TestNil(t *testing.T) {
	if err := problem.Wrap(problem.Invalid, nil, "x"); err != nil {
		t.Errorf("wrapping nothing gave %v", err)
	}
	if problem.Is(nil, problem.Internal) {
		t.Error("nil is a problem")
	}
}

func TestNames(t *testing.T) {
	want := []string{"internal", "not found", "invalid", "forbidden", "conflict", "unavailable", "internal"}
	for i, w := range want {
		if got := problem.Kind(i).String(); got != w {
			t.Errorf("kind %d is %q, want %q", i, got, w)
		}
	}
}
