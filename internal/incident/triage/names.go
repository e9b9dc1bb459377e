package triage

import (
	"context"
	"strings"
	"sync"

	"github.com/firehall/firehall/internal/identity"
)

// directory finds organisations by their names in a text. It is made anew when the register has changed.
type directory struct {
	mu      sync.Mutex
	version int64
	ready   bool
	begins  map[string][]entry // by a name's first word
}

type entry struct {
	words []string
	id    string
	name  string
}

// A name of one short word stands in texts that mean something else.
const shortestName = 6

func (t *Triage) lookUp(ctx context.Context) (map[string][]entry, error) {
	d := &t.names
	d.mu.Lock()
	defer d.mu.Unlock()
	version := t.o.Register.Matcher().Version()
	if d.ready && d.version == version {
		return d.begins, nil
	}
	names, err := t.o.Register.Names(ctx, identity.System("triage"))
	if err != nil {
		return nil, err
	}
	d.begins = make(map[string][]entry, len(names))
	for id, name := range names {
		words := strings.Fields(plainWords(name))
		if len(words) == 0 || len(words) == 1 && len(words[0]) < shortestName {
			continue
		}
		d.begins[words[0]] = append(d.begins[words[0]], entry{words, id, name})
	}
	d.version, d.ready = version, true
	return d.begins, nil
}

// named adds the organisations whose names stand in what a person wrote.
func (t *Triage) named(ctx context.Context, r Report, g gathering) error {
	if r.Machine != nil {
		return nil
	}
	begins, err := t.lookUp(ctx)
	if err != nil {
		return err
	}
	affected := plainWords(r.Answers.Affected)
	words := strings.Fields(plainWords(r.Subject + "\n" + r.Reporter.Organisation + "\n" + r.Answers.Affected + "\n" + r.Text))
	for i, w := range words {
		for _, e := range begins[w] {
			if len(g) < 2*mostConcerned && stands(words[i:], e.words) {
				role := RoleNamed
				if strings.Contains(affected, " "+strings.Join(e.words, " ")+" ") {
					role = RoleAffected
				}
				g.add(e.id, role, Reason{"concerned", "concerned.name", []string{e.name}})
			}
		}
	}
	return nil
}

func stands(text, name []string) bool {
	if len(text) < len(name) {
		return false
	}
	for i := range name {
		if text[i] != name[i] {
			return false
		}
	}
	return true
}
