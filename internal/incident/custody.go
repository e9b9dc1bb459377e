package incident

import (
	"context"
	"strings"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Chained is an item with its chain of custody.
type Chained struct {
	evidence.Item
	Chain   []evidence.Custody
	Verdict evidence.Verdict // by the chain itself: what the audit record says of it is asked by Exhibit
}

// Chains gives all items of an incident, as EvidenceOf, with their chains, until they have so many entries; more is how many items there are beyond.
// Errors: NotFound.
func (s *Service) Chains(ctx context.Context, actor identity.Actor, name string, most int) (list []Chained, more int, err error) {
	err = s.Look(ctx, actor, OpEvidenceRead, name, func(tx *sqldb.Tx, in *Inside) error {
		items, err := s.evidenceIn(tx, actor, in)
		if err != nil {
			return err
		}
		list, more = nil, 0
		for i := range items {
			if most <= 0 {
				more++
				continue
			}
			chain, err := evidence.Chain(tx, items[i].ID)
			if err != nil {
				return err
			}
			most -= len(chain)
			list = append(list, Chained{items[i], chain, s.vault.Verify(&items[i], chain, nil)})
		}
		return nil
	})
	return list, more, err
}

// EvidenceWith lists the reports and incidents, of those that the actor sees, that hold a file with a SHA-256, SHA-1 or MD5 in hexadecimal.
func (s *Service) EvidenceWith(ctx context.Context, actor identity.Actor, hash string) (list []Ref, err error) {
	if err := actor.Authorise(OpEvidenceRead, ""); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		parents, err := s.vault.Holding(tx, strings.ToLower(hash))
		if err != nil {
			return err
		}
		list, err = s.seenOf(tx, actor, parents, "")
		return err
	})
	return list, err
}

// evidenceIn lists the items of an incident and of the reports in it that the actor sees.
func (s *Service) evidenceIn(tx *sqldb.Tx, actor identity.Actor, in *Inside) (list []evidence.Item, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	parents := append([]string(nil), in.IDs...)
	var q query
	cond, args := in.Rows("l.incident", 1)
	q.where, q.args = append(q.where, cond), args
	q.seen(v.Reports, "r")
	err = tx.Each(`SELECT DISTINCT r.id FROM incident_link l JOIN report r ON r.id = l.report WHERE l.alert = 0 AND `+q.String()+` ORDER BY r.id`, q.args, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		parents = append(parents, id)
		return err
	})
	for _, parent := range parents {
		if err != nil {
			return nil, err
		}
		var items []evidence.Item
		items, err = s.vault.Of(tx, parent)
		list = append(list, items...)
	}
	return list, err
}
