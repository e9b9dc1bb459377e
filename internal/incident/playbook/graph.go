package playbook

import "strings"

// checkGraph refuses steps that name steps that are not there, and loops: a step that comes before itself would never be done.
func checkGraph(b *Book, f *faults) {
	for i := range b.Steps {
		b.checkStep(&b.Steps[i], f)
	}
	if len(*f) > 0 {
		return
	}
	seen := map[string]int{}
	for _, s := range b.Steps {
		if loop := b.loop(s.ID, seen, nil); loop != nil {
			f.add(s.line, "the steps wait for each other: %s", strings.Join(loop, " → "))
			return
		}
	}
}

func (b *Book) checkStep(s *Step, f *faults) {
	for _, need := range s.before() {
		if _, ok := b.Step(need); !ok {
			f.add(s.line, "the step %q names a step %q, and there is none", s.ID, clip(need))
		}
	}
	for _, c := range s.When {
		if q, ok := b.Step(c.Step); ok && !q.Ask {
			f.add(s.line, "the step %q hangs on an answer to %q, which is no question: say ask: true there", s.ID, c.Step)
		}
	}
}

// before lists the steps that a step waits for in any way.
func (s *Step) before() []string {
	list := append([]string(nil), s.Needs...)
	for _, c := range s.When {
		list = append(list, c.Step)
	}
	if s.Due.After != "" {
		list = append(list, s.Due.After)
	}
	return list
}

// Marks of steps while a loop is looked for.
const (
	entered = 1
	left    = 2
)

// loop gives the steps of a loop that a step leads to, or nil. The way is as long as there are steps, which is bounded.
func (b *Book) loop(id string, seen map[string]int, way []string) []string {
	way = append(way, id)
	switch seen[id] {
	case left:
		return nil
	case entered:
		for i, w := range way {
			if w == id {
				return way[i:]
			}
		}
	}
	seen[id] = entered
	if s, ok := b.Step(id); ok {
		for _, next := range s.before() {
			if found := b.loop(next, seen, way); found != nil {
				return found
			}
		}
	}
	seen[id] = left
	return nil
}
