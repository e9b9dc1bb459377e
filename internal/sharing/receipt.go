package sharing

import (
	"context"
	"encoding/json"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Receipt says that somebody read a page of a collection.
type Receipt struct {
	At           time.Time `json:"at"`
	Actor        string    `json:"actor"`
	Organisation string    `json:"organisation,omitempty"` // "" for the team's own
	Collection   string    `json:"collection"`
	What         string    `json:"what"` // objects, object, manifest or versions
	Objects      int64     `json:"objects"`
	Decision     string    `json:"decision,omitempty"` // by which the object asked for stood there; of Holders only
}

const receiptColumns = `r.at, r.actor, r.organisation, r.collection, r.what, r.objects`

// Receipts lists who read a collection, the newest first, 200 at most. Error: Forbidden.
func (s *Service) Receipts(ctx context.Context, actor identity.Actor, collection string) (list []Receipt, err error) {
	if err := actor.Authorise(OpOverview, collection); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(`SELECT `+receiptColumns+` FROM sharing_receipt r WHERE r.collection = $1 ORDER BY r.id DESC LIMIT 200`, []any{short(collection, 100)},
			func(scan func(...any) error) error {
				r, err := scanReceipt(scan)
				list = append(list, r)
				return err
			})
	})
	return list, err
}

func scanReceipt(scan func(...any) error, more ...any) (r Receipt, err error) {
	var at int64
	err = scan(append([]any{&at, &r.Actor, &r.Organisation, &r.Collection, &r.What, &r.Objects}, more...)...)
	r.At = sqldb.Time(at)
	return r, err
}

// Holders lists the readings in whose answer an object stood, or may have stood, those of places that were taken away since too: which of its versions a reader asked for is not looked at, and a
// filter that was too long to be recorded counts as none. It is a step of somebody's operation and does not authorise.
func Holders(tx *sqldb.Tx, object string) (list []Receipt, err error) {
	const places = `SELECT m.collection, m.added, m.type, m.spec, m.decision, 0 AS gone FROM sharing_object o JOIN sharing_member m ON m.object = o.num WHERE o.object_id = $1
		UNION ALL SELECT collection, added, type, spec, decision, at FROM sharing_gone WHERE object_id = $1`
	err = tx.Each(`SELECT `+receiptColumns+`, r.filter, p.added, p.type, p.spec, p.decision FROM (`+places+`) p
			JOIN sharing_receipt r ON r.collection = p.collection AND r.first_added <= p.added AND r.last_added >= p.added AND (p.gone = 0 OR r.at <= p.gone)
		WHERE r.objects > 0 AND r.what IN ('objects', 'object', 'blocklist') ORDER BY r.id`, []any{object}, func(scan func(...any) error) error {
		var filter, kind, spec, decision string
		var added int64
		r, err := scanReceipt(scan, &filter, &added, &kind, &spec, &decision)
		if err == nil && wasRead(filter, object, kind, spec, added) {
			r.Decision = decision
			list = append(list, r)
		}
		return err
	})
	return list, err
}

func wasRead(filter, object, kind, spec string, added int64) bool {
	var f Filter
	if filter != "" && json.Unmarshal([]byte(filter), &f) != nil {
		return true
	}
	return f.lets(object, kind, spec, Moment(added))
}
