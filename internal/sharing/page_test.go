package sharing

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/firehall/firehall/internal/core/clock"
)

// Two readers go from page to page while writers write: each sees every object once, in the same order. One of them goes on from the last place it
// saw, the other knows only the moment of it.
func TestReadersWhileWritersWrite(t *testing.T) {
	const writers, rounds, size = 4, 8, 7
	each(t, func(t *testing.T, w *world) {
		w.Service.o.Clock = clock.Real{}
		var writing sync.WaitGroup
		var ended atomic.Bool
		for n := range writers {
			writing.Go(func() {
				for round := range rounds {
					var given []string
					for k := range size {
						given = append(given, indicator((n*rounds+round)*size+k, v1, ""))
					}
					in := In{Collection: w.c.ID, Origin: OriginUpload, Body: strings.NewReader(bundle(given...))}
					if _, err := w.Add(ctx, ada, in); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var reading sync.WaitGroup
		var seen [2][]string
		for n := range seen {
			reading.Go(func() { seen[n] = follow(t, w, n == 1, &ended) })
		}
		writing.Wait()
		ended.Store(true)
		reading.Wait()
		for n, got := range seen {
			if len(got) != writers*rounds*size || len(unique(got)) != len(got) {
				t.Errorf("reader %d saw %d objects, %d of them once", n, len(got), len(unique(got)))
			}
		}
		if !slices.Equal(seen[0], seen[1]) {
			t.Error("two readers saw another order")
		}
	})
}

// follow reads pages until writing has ended and there is nothing more.
func follow(t *testing.T, w *world, byMoment bool, ended *atomic.Bool) (out []string) {
	q := Question{Collection: w.c.ID, What: Manifest, Filter: Filter{}, Limit: 5}
	for {
		last := ended.Load()
		a, err := w.Read(ctx, peer("north"), q)
		if err != nil {
			t.Error(err)
			return out
		}
		for _, p := range a.Places {
			out = append(out, p.ID)
			if byMoment {
				q.Filter.AddedAfter = p.Added
			} else {
				q.After = p.Position
			}
		}
		if last && !a.More && len(a.Places) == 0 {
			return out
		}
	}
}
