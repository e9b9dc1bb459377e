package stix

// inside are references to what an object is made of, and whether they lead downwards. A walk along them must end somewhere; along
// others (created_by_ref, source_ref) nobody walks, and identities and their markings may well name each other.
var inside = map[string]bool{
	"contains_refs": true, "child_refs": true, "encapsulates_refs": true, "resolves_to_refs": true,
	"content_ref": true, "raw_email_ref": true, "body_raw_ref": true, "sample_refs": true, "image_ref": true,
	"parent_directory_ref": false, "parent_ref": false, "encapsulated_by_ref": false,
}

// rings finds objects that are inside themselves: markings that mark each other (section 7.2.1), folders and processes in a ring.
func (p *parsed) rings() map[int]*fault {
	w := walker{edges: p.edges()}
	inRing := map[string]string{} // the id of each in a ring, and of one by which it comes back to itself
	for _, ring := range w.components() {
		for n, i := range ring {
			inRing[p.objects[i].ID] = p.objects[ring[(n+1)%len(ring)]].ID
		}
	}
	bad := map[int]*fault{}
	for i := range p.objects {
		if by := inRing[p.objects[i].ID]; by != "" {
			bad[i] = faulty(Cycle, "it is inside itself, by way of %s", by)
		}
	}
	return bad
}

// leads says whether a reference leads to what an object is made of, and whether downwards. Markings must not mark each other (section
// 7.2.1), and a report in a report is one; a note on a report that lists the note is none.
func (o *Object) leads(r Ref) (down, ok bool) {
	switch r.Property {
	case "object_marking_refs":
		return true, o.Type == "marking-definition"
	case "object_refs":
		return true, typeOf(r.ID) == o.Type
	}
	down, ok = inside[r.Property]
	return down, ok
}

// edges gives, for each object, the places of those inside it. All versions of an object count as its first.
func (p *parsed) edges() [][]int {
	out := make([][]int, len(p.objects))
	for _, o := range p.objects {
		for _, r := range o.Refs {
			down, ok := o.leads(r)
			if !ok {
				continue
			}
			from, _, _ := p.find(p.hash(o.ID), o.ID)
			to, there, _ := p.find(p.hash(r.ID), r.ID)
			switch {
			case !there:
			case down:
				out[from] = append(out[from], to)
			default:
				out[to] = append(out[to], from)
			}
		}
	}
	return out
}

// walker finds strongly connected components (Tarjan 1972), without recursion: what is sent decides how deep it goes.
type walker struct {
	edges [][]int
	next  int
	index []int // 0: not met
	low   []int
	on    []bool
	stack []int
	found [][]int
}

type visit struct{ at, edge int }

// components gives the components of more than one object.
func (w *walker) components() [][]int {
	n := len(w.edges)
	w.index, w.low, w.on = make([]int, n), make([]int, n), make([]bool, n)
	for i := range n {
		if w.index[i] == 0 && len(w.edges[i]) > 0 {
			w.from(i)
		}
	}
	return w.found
}

func (w *walker) from(root int) {
	calls := []visit{w.enter(root)}
	for len(calls) > 0 {
		c := &calls[len(calls)-1]
		if c.edge < len(w.edges[c.at]) {
			to := w.edges[c.at][c.edge]
			c.edge++
			switch {
			case w.index[to] == 0:
				calls = append(calls, w.enter(to))
			case w.on[to]:
				w.low[c.at] = min(w.low[c.at], w.index[to])
			}
			continue
		}
		at := c.at
		calls = calls[:len(calls)-1]
		if len(calls) > 0 {
			up := calls[len(calls)-1].at
			w.low[up] = min(w.low[up], w.low[at])
		}
		w.leave(at)
	}
}

func (w *walker) enter(i int) visit {
	w.next++
	w.index[i], w.low[i], w.on[i] = w.next, w.next, true
	w.stack = append(w.stack, i)
	return visit{at: i}
}

// leave takes a component off the stack, if i is its root.
func (w *walker) leave(i int) {
	if w.low[i] != w.index[i] {
		return
	}
	for n := len(w.stack) - 1; ; n-- {
		j := w.stack[n]
		w.on[j] = false
		if j != i {
			continue
		}
		if n < len(w.stack)-1 {
			w.found = append(w.found, append([]int(nil), w.stack[n:]...))
		}
		w.stack = w.stack[:n]
		return
	}
}
