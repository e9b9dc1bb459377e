package dedupe

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/event"
)

// key spreads n over all bytes, as a hash does.
func key(n uint64) (k event.DedupeKey) {
	r := rand.NewPCG(n, 7)
	binary.LittleEndian.PutUint64(k[:8], r.Uint64())
	binary.LittleEndian.PutUint64(k[8:], r.Uint64())
	return k
}

// The memory against a plain map, over any order of attempts, commits and drops.
func TestAgainstMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(1 << 20)
		committed := map[uint64]Day{}
		for range rapid.IntRange(1, 8).Draw(t, "attempts") {
			day := Day(rapid.IntRange(10, 30).Draw(t, "day"))
			since := day - 7
			a := m.Begin(day, since)
			own := map[uint64]bool{}
			for _, n := range rapid.SliceOfN(rapid.Uint64Range(0, 300), 0, 200).Draw(t, "keys") {
				d, seen := committed[n]
				want := !own[n] && !(seen && d >= since)
				if got := a.Add(key(n)); got != want {
					t.Fatalf("key %d new: %v, want %v", n, got, want)
				}
				own[n] = true
			}
			if rapid.Bool().Draw(t, "commit") {
				a.Commit()
				for n := range own {
					if d, seen := committed[n]; !seen || d < since {
						committed[n] = day
					}
				}
			} else {
				for n := range own {
					if d, seen := committed[n]; seen && d < since {
						delete(committed, n) // its old place was taken and then forgotten: out of every later window that looks no further back
					}
				}
				a.Drop()
			}
		}
	})
}

func TestBoundedMemory(t *testing.T) {
	const limit = 20_000
	m := New(limit * EntryBytes)
	for batch := range 20 {
		a := m.Begin(Day(batch), 0)
		for i := range 5000 {
			a.Add(key(uint64(batch*5000 + i)))
		}
		a.Commit()
	}
	places := 0
	for i := range m.shards {
		places += len(m.shards[i].places)
	}
	if places > limit*3/2 {
		t.Fatalf("%d places for a limit of %d keys", places, limit)
	}
	a := m.Begin(20, 0)
	defer a.Drop()
	for i := range 5000 {
		if a.Add(key(uint64(19*5000 + i))) {
			t.Fatalf("key %d of the newest batch was forgotten before older ones", i)
		}
	}
}

func TestOneAttemptLargerThanMemory(t *testing.T) {
	m := New(1000 * EntryBytes)
	a := m.Begin(1, 0)
	for n := range uint64(50_000) {
		if !a.Add(key(n)) {
			t.Fatalf("key %d called a duplicate", n)
		}
	}
	a.Commit()
	b := m.Begin(1, 0)
	defer b.Drop()
	if b.Add(key(0)) {
		t.Fatal("the first key was forgotten though it has its place")
	}
	for n := range uint64(200) { // room is made at the older intake's cost, but not at all of it
		b.Add(key(1_000_000 + n))
	}
	kept := 0
	for n := range uint64(1000) {
		if !b.Add(key(n)) {
			kept++
		}
	}
	if kept < 300 {
		t.Fatalf("%d of the first 1000 keys left", kept)
	}
}

func TestConcurrentAdds(t *testing.T) {
	m := New(64 << 20)
	a := m.Begin(1, 0)
	var fresh [4]int
	var wg sync.WaitGroup
	for w := range fresh {
		wg.Go(func() {
			for n := range uint64(20_000) {
				if a.Add(key(n)) {
					fresh[w]++
				}
			}
		})
	}
	wg.Wait()
	a.Commit()
	if sum := fresh[0] + fresh[1] + fresh[2] + fresh[3]; sum != 20_000 || m.Len() != 20_000 {
		t.Fatalf("%d called new and %d kept of 20,000 keys", sum, m.Len())
	}
}

func BenchmarkAdd(b *testing.B) {
	keys := make([]event.DedupeKey, 1<<20)
	for i := range keys {
		keys[i] = key(uint64(i))
	}
	for b.Loop() {
		a := New(1<<30).Begin(1, 0)
		for _, k := range keys {
			a.Add(k)
		}
	}
	b.ReportMetric(float64(len(keys))*float64(b.N)/b.Elapsed().Seconds(), "keys/s")
}

// Keys that were committed elsewhere count as of the latest day on which they were, whatever the order in which they are recalled, and
// recalling them drops none that the window still holds.
func TestRecall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(1 << 20)
		const since, today = Day(13), Day(20)
		latest := map[uint64]Day{}
		for _, n := range rapid.SliceOfN(rapid.Uint64Range(0, 400), 1, 600).Draw(t, "keys") {
			day := Day(rapid.IntRange(5, 20).Draw(t, "day"))
			a := m.Recall(day, since)
			a.Add(key(n))
			a.Commit()
			latest[n] = max(latest[n], day)
		}
		a := m.Begin(today, since)
		defer a.Drop()
		for n, day := range latest {
			if got, want := a.Add(key(n)), day < since; got != want {
				t.Fatalf("key %d of day %d new: %v, want %v", n, day, got, want)
			}
		}
	})
}
