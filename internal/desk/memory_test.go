package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/firehall/firehall/internal/event/query/plan"
)

func files(names ...string) (out []plan.File) {
	for _, n := range names {
		out = append(out, plan.File{Path: n, Rows: 1})
	}
	return out
}

func TestUnread(t *testing.T) {
	tests := []struct {
		name   string
		looked []plan.File
		now    []plan.File
		want   []plan.File
		kept   bool
	}{
		{"nothing is known", nil, files("a", "b"), files("a", "b"), true},
		{"all is known", files("a", "b"), files("a", "b"), nil, true},
		{"one came", files("a"), files("a", "b"), files("b"), true},
		{"one went", files("a", "b"), files("b", "c"), files("b", "c"), false},
		{"all went", files("a"), nil, nil, false},
		{"the same name, other rows", files("a"), []plan.File{{Path: "a", Rows: 2}}, []plan.File{{Path: "a", Rows: 2}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &remembered{}
			r.unread(nil)
			r.has(tt.looked)
			r.add([]counted{{values: []string{"v"}, null: []bool{false}, events: 3}})
			got := r.unread(tt.now)
			if !slices.EqualFunc(got, tt.want, func(a, b plan.File) bool { return a.Path == b.Path && a.Rows == b.Rows }) || len(r.counts) > 0 != tt.kept {
				t.Errorf("got %v, counts %v", got, r.counts)
			}
		})
	}
}

func TestMemoryMakesRoom(t *testing.T) {
	var m memory
	fill := func(question string, values int) {
		r, done, err := m.ask(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		r.counts = make(map[string]counted, values)
		for i := range values {
			r.counts[fmt.Sprint(i)] = counted{}
		}
		done()
	}
	fill("first", mostRemembered/2)
	fill("second", mostRemembered/4)
	fill("first", mostRemembered/2) // asked again
	fill("third", mostRemembered/2-100)
	if m.list["second"] != nil || m.list["third"] == nil || m.list["first"] == nil {
		t.Errorf("%d are known: what was not asked for longest stayed", len(m.list))
	}
	fill("too large", mostRemembered+1)
	if len(m.list) != 0 {
		t.Errorf("%d are known", len(m.list))
	}
}

func TestMemoryWaitsForTheTurn(t *testing.T) {
	var m memory
	_, done, err := m.ask(t.Context(), "q")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := m.ask(ctx, "q"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	done()
	if _, done, err = m.ask(t.Context(), "q"); err != nil {
		t.Fatal(err)
	}
	done()
}

func TestCountsInOrder(t *testing.T) {
	one := func(events int64, value string) counted {
		return counted{values: []string{value}, null: []bool{value == "-"}, events: events}
	}
	list := []counted{one(1, "-"), one(1, "10"), one(1, "9"), one(5, "b"), one(1, "a"), one(5, "a")}
	slices.SortFunc(list, counted.before)
	var got []string
	for _, c := range list {
		got = append(got, c.values[0])
	}
	if want := []string{"a", "b", "9", "10", "a", "-"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if one(1, "").key() == (counted{values: []string{""}, null: []bool{true}}).key() {
		t.Error("no value and an empty one are the same")
	}
}

func TestCostly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c costly
		asked, cost := 0, time.Duration(0)
		ask := func() int {
			t.Helper()
			v, err := costlyAsk(t.Context(), &c, "q", nil, func(context.Context) (int, error) {
				time.Sleep(cost)
				asked++
				return asked, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if ask() != 1 || ask() != 2 {
			t.Error("a cheap answer was remembered")
		}
		cost = cheap + 10*time.Millisecond
		for range 3 {
			if ask() != 3 {
				t.Error("a dear answer was not remembered")
			}
		}
		c.moved()
		if ask() != 4 {
			t.Error("an answer from before a move was given")
		}
		age := func(by time.Duration) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.list["q"].at = c.list["q"].at.Add(-by)
		}
		age(costlyAge)
		if ask() != 5 {
			t.Error("an old answer was given")
		}
		age(costShare*cost + cost)
		if ask() != 5 {
			t.Error("while it is asked anew, the old answer was not given")
		}
		for end := time.Now().Add(2 * time.Minute); ask() != 6; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it was not asked anew")
			}
		}
	})
}

func TestCostlyFailures(t *testing.T) {
	var c costly
	fault := errors.New("down")
	for range 2 {
		if _, err := costlyAsk(t.Context(), &c, "q", nil, func(context.Context) (int, error) { return 0, fault }); !errors.Is(err, fault) {
			t.Errorf("got %v", err)
		}
	}
	for i := range 2 * costlyMost {
		if v, err := costlyAsk(t.Context(), &c, fmt.Sprint(i), nil, func(context.Context) (int, error) { return i, nil }); v != i || err != nil {
			t.Errorf("got %d, %v", v, err)
		}
	}
	if len(c.list) > costlyMost {
		t.Errorf("%d are known", len(c.list))
	}
}

func TestCostlyIsAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c costly
		var asked atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				v, err := costlyAsk(t.Context(), &c, "q", nil, func(context.Context) (int64, error) {
					time.Sleep(2 * cheap)
					return asked.Add(1), nil
				})
				if v != 1 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		all.Wait()
	})
}

// While nothing changes a dear answer is good for as long as it may be; after a change for as long as its cost.
func TestCostlyUntilSomethingChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c costly
		asked, sign := 0, "as it was"
		ask := func() int {
			t.Helper()
			v, err := costlyAsk(t.Context(), &c, "q", func(context.Context) string { return sign }, func(context.Context) (int, error) {
				asked++
				return asked, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		ask()
		age := func(by time.Duration) {
			c.mu.Lock()
			defer c.mu.Unlock()
			a := c.list["q"]
			a.cost, a.at = 2*cheap, time.Now().Add(-by)
		}
		if age(costlyAge - time.Second); ask() != 1 {
			t.Error("an answer was not good though nothing had changed")
		}
		if sign = "another"; ask() != 2 {
			t.Error("an old answer was given after a change")
		}
		if age(costShare * cheap); ask() != 2 {
			t.Error("an answer was not good for its cost")
		}
		if age(2 * costlyAge); ask() != 3 {
			t.Error("an answer was good for ever")
		}
	})
}
