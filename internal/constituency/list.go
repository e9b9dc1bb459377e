package constituency

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Trouble is what may be wrong with how an organisation can be reached.
type Trouble string

// The troubles.
const (
	NoContact       Trouble = "none"     // it has no contact at all
	BrokenContact   Trouble = "bad"      // a contact no longer works
	DoubtfulContact Trouble = "doubtful" // messages to a contact have failed lately
	EndedKey        Trouble = "key"      // a contact's key has expired, or is missing where encryption is required
)

// Troubles lists the troubles, the worst first.
func Troubles() []Trouble {
	return []Trouble{NoContact, BrokenContact, DoubtfulContact, EndedKey}
}

// ParseTrouble reads a trouble; letter case does not matter.
func ParseTrouble(s string) (Trouble, error) { return oneOf("trouble", s, Troubles()) }

// Filter narrows a list of organisations; empty fields narrow nothing.
type Filter struct {
	Text        string // stands in the name, a network or a contact's address
	Kind        Kind
	Sector      Sector
	Country     Country
	Criticality Criticality
	Parent      string // id: those directly beneath it
	Trouble     Trouble
}

// Brief is as much of an organisation as sorting and counting a list needs.
type Brief struct {
	ID, Name    string
	Key         string // what the name is sorted by
	Kind        Kind
	Sector      Sector
	Criticality Criticality
	Updated     time.Time
}

// maxFilterText bounds what a person looks for, in characters.
const maxFilterText = 200

// Matching gives the organisations that fit, in order of name. Errors: Invalid.
func (r *Register) Matching(ctx context.Context, actor identity.Actor, f Filter) (list []Brief, err error) {
	if len([]rune(f.Text)) > maxFilterText {
		return nil, problem.New(problem.Invalid, "the text to look for is too long: at most %d characters", maxFilterText)
	}
	if strings.ContainsRune(f.Text, 0) || strings.ToValidUTF8(f.Text, "") != f.Text {
		return nil, problem.New(problem.Invalid, "what to look for is no text")
	}
	err = r.read(ctx, actor, OpRead, "*", func(tx *sqldb.Tx) error {
		list = nil
		where, args := f.where(r.opts.Clock.Now())
		return tx.Each("SELECT id, name, name_key, kind, sector, criticality, updated FROM organisation o WHERE "+where+" ORDER BY name_key", args,
			func(scan func(...any) error) error {
				var b Brief
				var updated int64
				err := scan(&b.ID, &b.Name, &b.Key, &b.Kind, &b.Sector, &b.Criticality, &updated)
				b.Updated = sqldb.Time(updated)
				list = append(list, b)
				return err
			})
	})
	return list, err
}

// where writes the filter as a condition on organisation o.
func (f Filter) where(now time.Time) (string, []any) {
	w := &conditions{}
	for _, c := range []struct{ column, value string }{
		{"kind", string(f.Kind)}, {"sector", string(f.Sector)}, {"country", string(f.Country)}, {"criticality", string(f.Criticality)}, {"parent", f.Parent},
	} {
		if c.value != "" {
			w.add("o."+c.column+" = ?", c.value)
		}
	}
	if text := strings.TrimSpace(f.Text); text != "" {
		w.add("(o.name_key LIKE ? ESCAPE '!'", likely(nameKey(text)))
		w.or("EXISTS (SELECT 1 FROM network n WHERE n.organisation = o.id AND lower(n.value) LIKE ? ESCAPE '!')", likely(strings.ToLower(text)))
		w.or("EXISTS (SELECT 1 FROM contact c WHERE c.organisation = o.id AND lower(c.address) LIKE ? ESCAPE '!'))", likely(strings.ToLower(text)))
	}
	f.Trouble.add(w, now)
	return w.text(), w.args
}

// add asks for organisations that have the trouble.
func (t Trouble) add(w *conditions, now time.Time) {
	const has = "EXISTS (SELECT 1 FROM contact c WHERE c.organisation = o.id AND "
	switch t {
	case NoContact:
		w.add("NOT EXISTS (SELECT 1 FROM contact c WHERE c.organisation = o.id)")
	case BrokenContact, DoubtfulContact:
		w.add(has+"c.health = ?)", string(t))
	case EndedKey:
		w.add(has+"("+endedKey+"))", sqldb.Millis(now))
	}
}

// endedKey is whether a contact c lacks a key that it needs, or has one that has ended by the time bound last.
const endedKey = "c.pgp_key = '' AND c.encryption = 'required' OR c.pgp_expires > 0 AND c.pgp_expires <= CAST(? AS BIGINT)"

// likely is a pattern for texts that hold s.
func likely(s string) string {
	return "%" + strings.NewReplacer(`!`, `!!`, `%`, `!%`, `_`, `!_`).Replace(s) + "%"
}

// conditions is a condition being written; each ? stands for the next value.
type conditions struct {
	sql  strings.Builder
	args []any
}

func (w *conditions) add(cond string, args ...any) { w.join(" AND ", cond, args) }
func (w *conditions) or(cond string, args ...any)  { w.join(" OR ", cond, args) }

func (w *conditions) join(with, cond string, args []any) {
	if w.sql.Len() > 0 {
		w.sql.WriteString(with)
	}
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", place(len(w.args)), 1)
	}
	w.sql.WriteString(cond)
}

func (w *conditions) text() string {
	if w.sql.Len() == 0 {
		return "1 = 1"
	}
	return w.sql.String()
}
