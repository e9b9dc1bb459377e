package constituency

import (
	"context"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Listed is an organisation as a list shows it.
type Listed struct {
	Organisation
	ParentName string // "" for none
	Networks   int
	Contacts   int
	Good       int // contacts that answered or were confirmed
	Doubtful   int // contacts to which messages have failed lately
	Bad        int // contacts that no longer work
	EndedKeys  int // contacts whose key has expired, or is missing where encryption is required
}

// Listed gives organisations by their ids, with what a list shows of them, in
// the order of the ids; unknown ids are left out.
func (r *Register) Listed(ctx context.Context, actor identity.Actor, ids []string) ([]Listed, error) {
	found := map[string]*Listed{}
	err := r.read(ctx, actor, OpRead, "*", func(tx *sqldb.Tx) error {
		clear(found)
		return gatherListed(tx, r.opts.Clock.Now(), ids, found)
	})
	out := make([]Listed, 0, len(found))
	for _, id := range ids {
		if l, ok := found[id]; ok {
			out = append(out, *l)
		}
	}
	return out, err
}

// gatherListed reads organisations, their parents' names, and counts of what they have.
func gatherListed(tx *sqldb.Tx, now time.Time, ids []string, found map[string]*Listed) error {
	list, err := organisationsByID(tx, ids)
	if err != nil {
		return err
	}
	var parents []string
	for _, o := range list {
		found[o.ID] = &Listed{Organisation: o}
		if o.Parent != "" {
			parents = append(parents, o.Parent)
		}
	}
	above, err := organisationsByID(tx, distinct(parents))
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range above {
		names[o.ID] = o.Name
	}
	for _, l := range found {
		l.ParentName = names[l.Parent]
	}
	if err := countNetworks(tx, ids, found); err != nil {
		return err
	}
	return countContacts(tx, now, ids, found)
}

func countNetworks(tx *sqldb.Tx, ids []string, found map[string]*Listed) error {
	return eachIn(tx, "SELECT organisation, count(*) FROM network WHERE organisation IN", ids, "GROUP BY organisation",
		func(scan func(...any) error) error {
			var id string
			var n int
			err := scan(&id, &n)
			if l, ok := found[id]; ok {
				l.Networks = n
			}
			return err
		})
}

func countContacts(tx *sqldb.Tx, now time.Time, ids []string, found map[string]*Listed) error {
	ended := conditions{}
	ended.add(endedKey, sqldb.Millis(now))
	return eachIn(tx, `SELECT organisation, count(*), count(*) FILTER (WHERE health = 'good'), count(*) FILTER (WHERE health = 'doubtful'),
		count(*) FILTER (WHERE health = 'bad'), count(*) FILTER (WHERE `+ended.text()+`) FROM contact c WHERE organisation IN`, ids, "GROUP BY organisation",
		func(scan func(...any) error) error {
			var id string
			var one Listed
			err := scan(&id, &one.Contacts, &one.Good, &one.Doubtful, &one.Bad, &one.EndedKeys)
			if l, ok := found[id]; ok {
				l.Contacts, l.Good, l.Doubtful, l.Bad, l.EndedKeys = one.Contacts, one.Good, one.Doubtful, one.Bad, one.EndedKeys
			}
			return err
		}, ended.args...)
}

// place is the n-th argument of a statement.
func place(n int) string { return "$" + strconv.Itoa(n) }
