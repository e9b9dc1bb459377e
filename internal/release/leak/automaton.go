package leak

// automaton finds many words in one pass over a text, whatever they are (Aho and Corasick, 1975): a trie of the words, and for each of its states the
// state of the longest ending that begins a word too.
type automaton struct {
	class  [256]uint8 // of bytes; 0 for those that stand in no word
	width  int        // how many classes there are
	states []state
	rows   []int32 // of states with many children: the next state by class, width each
}

type state struct {
	child, sibling int32
	fail           int32
	row            int32 // place in rows, -1 for none
	word           int32 // the first entry that ends here, -1 for none
	shorter        int32 // the next state along fail where a word ends, 0 for none
	size           int32 // bytes from the root
	by             uint8 // the class that leads here
	children       uint8
}

// crowd is from how many children on a state has a row.
const crowd = 4

func newAutomaton(words []string) (*automaton, []int32) {
	a := &automaton{width: 1, states: []state{{row: -1, word: -1}}}
	for _, w := range words {
		for i := range len(w) {
			if a.class[w[i]] == 0 {
				a.class[w[i]] = uint8(a.width) //nolint:gosec // 255 bytes at most: skeletons hold no zero byte
				a.width++
			}
		}
	}
	next := make([]int32, len(words)) // the further words that end at the same state
	for n, w := range words {
		at := int32(0)
		for i := range len(w) {
			at = a.grow(at, a.class[w[i]])
		}
		next[n], a.states[at].word = a.states[at].word, int32(n) //nolint:gosec // bounded by MaxNames
	}
	a.tabulate()
	a.link()
	return a, next
}

func (a *automaton) grow(at int32, by uint8) int32 {
	if to := a.find(at, by); to != 0 {
		return to
	}
	to := int32(len(a.states)) //nolint:gosec // bounded by MaxNames times maxValue
	a.states = append(a.states, state{sibling: a.states[at].child, row: -1, word: -1, by: by, size: a.states[at].size + 1})
	a.states[at].child = to
	a.states[at].children++
	return to
}

// find is the child of a state, 0 for none.
func (a *automaton) find(at int32, by uint8) int32 {
	for c := a.states[at].child; c != 0; c = a.states[c].sibling {
		if a.states[c].by == by {
			return c
		}
	}
	return 0
}

func (a *automaton) tabulate() {
	for n := range a.states {
		s := &a.states[n]
		if n != 0 && s.children < crowd {
			continue
		}
		s.row = int32(len(a.rows)) //nolint:gosec // bounded likewise
		a.rows = append(a.rows, make([]int32, a.width)...)
		for c := s.child; c != 0; c = a.states[c].sibling {
			a.rows[int(s.row)+int(a.states[c].by)] = c
		}
	}
}

// link sets where to go on from where no child fits, breadth first.
func (a *automaton) link() {
	line := make([]int32, 0, len(a.states))
	line = append(line, 0)
	for i := 0; i < len(line); i++ {
		at := line[i]
		for c := a.states[at].child; c != 0; c = a.states[c].sibling {
			if at != 0 {
				f := a.next(a.states[at].fail, a.states[c].by)
				a.states[c].fail = f
				if a.states[f].word >= 0 {
					a.states[c].shorter = f
				} else {
					a.states[c].shorter = a.states[f].shorter
				}
			}
			line = append(line, c)
		}
	}
}

// next is the state after a further byte, by its class.
func (a *automaton) next(at int32, by uint8) int32 {
	if by == 0 {
		return 0
	}
	for {
		s := &a.states[at]
		var to int32
		if s.row >= 0 {
			to = a.rows[int(s.row)+int(by)]
		} else {
			to = a.find(at, by)
		}
		if to != 0 || at == 0 {
			return to
		}
		at = s.fail
	}
}
