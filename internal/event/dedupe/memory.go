// Package dedupe remembers which rows were seen, by their 128-bit keyed hashes, within a window of days and a bound of memory.
//
// A duplicate is an identical row of the same stream (the stream's secret goes into the hash). One attempt at a time adds keys: they
// count for the attempt at once, for everybody once it commits, and are forgotten when it is dropped. The memory is rebuilt from the
// key columns of the segments in the manifest: nothing else has to be kept.
package dedupe

import (
	"encoding/binary"
	"sync"

	"github.com/firehall/firehall/internal/event"
)

// Day counts days since 1970.
type Day int32

// EntryBytes is about what one key costs, with the table's free room.
const EntryBytes = 28

const shards = 256

// Memory is the table of keys. Make it with New.
type Memory struct {
	live   sync.Mutex // held by the attempt that is under way
	limit  int        // entries a shard
	shards [shards]shard
	days   []Day // of each batch of keys; number 0 stands for none
}

// New makes a memory of at most so many bytes (at least room for some thousand keys).
func New(bytes int64) *Memory {
	return &Memory{limit: max(int(bytes/EntryBytes/shards), 16), days: []Day{0}}
}

// Attempt is one intake's view: what was committed plus its own keys. Safe for concurrent use until Commit or Drop.
type Attempt struct {
	m      *Memory
	number uint32
	since  Day // older keys are forgotten
	known  Day // a key of that day or later is no new one; since, but for Recall
	ended  bool
}

// Begin starts an attempt whose keys bear the day; committed keys of before since count as forgotten. It waits for the attempt before
// it to end.
func (m *Memory) Begin(day, since Day) *Attempt { return m.begin(day, since, since) }

// Recall starts an attempt that adds keys which were committed elsewhere on that day: they count as of the latest day on which they were.
func (m *Memory) Recall(day, since Day) *Attempt { return m.begin(day, since, day) }

func (m *Memory) begin(day, since, known Day) *Attempt {
	m.live.Lock()
	m.days = append(m.days, day)
	return &Attempt{m: m, number: uint32(len(m.days) - 1), since: since, known: known} //nolint:gosec // a process has fewer intakes
}

// Add notes the key and tells whether it is new.
func (a *Attempt) Add(k event.DedupeKey) bool {
	h := binary.LittleEndian.Uint64(k[8:])
	s := &a.m.shards[k[0]]
	s.Lock()
	defer s.Unlock()
	return s.add(a, k, h)
}

// Commit makes the attempt's keys everybody's.
func (a *Attempt) Commit() { a.end(false) }

// Drop forgets the attempt's keys. After Commit or Drop it does nothing.
func (a *Attempt) Drop() { a.end(true) }

func (a *Attempt) end(forget bool) {
	if a.ended {
		return
	}
	a.ended = true
	if forget {
		for i := range a.m.shards {
			a.m.shards[i].forget(a.number)
		}
	}
	a.m.live.Unlock()
}

// Cap is how many keys there is room for.
func (m *Memory) Cap() int { return m.limit * shards }

// Len is how many keys are remembered, those of past windows included.
func (m *Memory) Len() int {
	n := 0
	for i := range m.shards {
		m.shards[i].Lock()
		n += m.shards[i].used
		m.shards[i].Unlock()
	}
	return n
}

// shard is an open-addressing table; batch 0 marks a free place, dead a key that was forgotten and may be overwritten by itself.
type shard struct {
	sync.Mutex
	places []place
	used   int    // places that are not free
	full   uint32 // the attempt whose keys alone fill the table at its limit; 0 none
}

type place struct {
	key   event.DedupeKey
	batch uint32
}

// A table begins with so many places, doubles while it is small, and then grows by half, so that little memory lies idle.
const (
	firstPlaces = 256
	largePlaces = 1 << 14
)

const dead = ^uint32(0)

func (s *shard) add(a *Attempt, k event.DedupeKey, h uint64) bool {
	if len(s.places) == 0 {
		s.rebuild(min(firstPlaces, a.m.limit+a.m.limit/3+1), nil)
	}
	i := s.find(k, h)
	b := s.places[i].batch
	if b != 0 && b != dead && (b == a.number || a.m.days[b] >= a.known) {
		return false
	}
	if b == 0 {
		if s.used*8 >= len(s.places)*7 {
			if !s.makeRoom(a) {
				return true // full of this very attempt's keys: no more can be remembered
			}
			i = s.find(k, h)
		}
		s.places[i].key = k
		s.used++
	}
	s.places[i].batch = a.number
	return true
}

// find gives the key's place, or the free one where it belongs.
func (s *shard) find(k event.DedupeKey, h uint64) int {
	n := uint64(len(s.places))
	i := int((h >> 32) * n >> 32) //nolint:gosec // below n
	for s.places[i].batch != 0 && s.places[i].key != k {
		if i++; i == len(s.places) {
			i = 0
		}
	}
	return i
}

// makeRoom grows the table; at the limit it drops what is out of the window and then the older half, half of the middle batch
// included. False: nothing could go.
func (s *shard) makeRoom(a *Attempt) bool {
	if s.full == a.number {
		return false
	}
	oldest := uint32(0)
	size := 2 * len(s.places)
	if len(s.places) > largePlaces {
		size = len(s.places) + len(s.places)/2
	}
	if most := max(a.m.limit+a.m.limit/3, len(s.places)); size > most {
		size = most
		oldest = s.median()
	}
	if size == len(s.places) && oldest >= a.number && !s.anyDead() {
		s.full = a.number
		return false
	}
	s.rebuild(size, func(b uint32, k event.DedupeKey) bool {
		kept := b > oldest || b == oldest && k[1]&1 == 0
		return b == a.number || b != dead && kept && a.m.days[b] >= a.since
	})
	return s.used*8 < len(s.places)*7
}

func (s *shard) anyDead() bool {
	for i := range s.places {
		if s.places[i].batch == dead {
			return true
		}
	}
	return false
}

// median is the number of the batch below which half of the entries lie.
func (s *shard) median() uint32 {
	count := map[uint32]int{}
	least, most := dead, uint32(0)
	for i := range s.places {
		if b := s.places[i].batch; b != 0 && b != dead {
			count[b]++
			least, most = min(least, b), max(most, b)
		}
	}
	sum := 0
	for b := least; b < most; b++ {
		if sum += count[b]; sum*2 >= s.used {
			return b
		}
	}
	return most
}

func (s *shard) rebuild(size int, keep func(batch uint32, k event.DedupeKey) bool) {
	old := s.places
	s.places, s.used = make([]place, size), 0
	for _, p := range old {
		if p.batch == 0 || !keep(p.batch, p.key) {
			continue
		}
		s.places[s.find(p.key, binary.LittleEndian.Uint64(p.key[8:]))] = p
		s.used++
	}
}

func (s *shard) forget(number uint32) {
	s.Lock()
	defer s.Unlock()
	for i := range s.places {
		if s.places[i].batch == number {
			s.places[i].batch = dead
		}
	}
}
