package release

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// decisionInto records decisions; one that is there stays as it is.
var decisionInto = sqldb.Upsert{
	Table: "release_decision",
	Columns: []string{
		"id", "item_key", "item_kind", "item_id", "item_version", "item_count", "owner", "feed", "label", "receivers", "attribution",
		"organisation", "contact", "audience", "grant_id", "policy", "outcome", "rule", "reason", "decided_by", "decided_at",
	},
	Key: []string{"item_key"},
}

func decisionRow(key []byte, d Decision) []any {
	receivers, _ := json.Marshal(d.Item.Terms.Receivers) // a list of texts cannot fail
	return []any{
		d.ID, key, d.Item.Kind, d.Item.ID, d.Item.Version, d.Item.Count, d.Item.Owner, d.Item.Terms.Feed, d.Label.String(), string(receivers),
		d.Item.Terms.Attribution, d.Organisation, d.Contact, d.Audience, d.Grant, int64(d.Policy), string(d.Outcome), d.Rule, d.Reason,
		d.By, sqldb.Millis(d.At),
	}
}

func each(rows [][]any) iter.Seq[[]any] { return slices.Values(rows) }

// digestOf stands for recorded rows in the audit record, which is chained: the table is not.
func digestOf(rows [][]any) string {
	d := newDigest("rows")
	for _, r := range rows {
		d.text(r[0].(string), string(r[1].([]byte)), r[16].(string))
	}
	sum := d.sum()
	return hex.EncodeToString(sum[:])
}

// chunk is how many values one query asks for.
const chunk = 500

// eachIn runs a query for values in chunks; the query ends with the IN before the list of values. fixed are its arguments before them.
func eachIn[T any](tx *sqldb.Tx, query string, values []T, scan func(scan func(...any) error) error, fixed ...any) error {
	for part := range slices.Chunk(values, chunk) {
		args, marks := slices.Clone(fixed), make([]string, len(part))
		for i, v := range part {
			args = append(args, v)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		if err := tx.Each(query+" ("+strings.Join(marks, ", ")+")", args, scan); err != nil {
			return err
		}
	}
	return nil
}

// recorded reads what was decided about matters, by the text of their keys: the answer without what the matter says itself.
func recorded(tx *sqldb.Tx, matters []matter) (map[string]Decision, error) {
	keys := make([][]byte, len(matters))
	for i := range matters {
		keys[i] = matters[i].key[:]
	}
	found := make(map[string]Decision, len(matters))
	err := eachIn(tx, "SELECT item_key, id, outcome, rule, reason, grant_id, policy, decided_by, decided_at FROM release_decision WHERE item_key IN",
		keys, func(scan func(...any) error) error {
			var key []byte
			var d Decision
			var at int64
			err := scan(&key, &d.ID, &d.Outcome, &d.Rule, &d.Reason, &d.Grant, &d.Policy, &d.By, &at)
			d.Allowed, d.At = d.Outcome == Allowed, sqldb.Time(at)
			found[string(key)] = d
			return err
		})
	return found, err
}

// Filter narrows a list of decisions.
type Filter struct {
	Refused      bool   // only what was not allowed
	Organisation string // id: as owner or as recipient
	Limit        int    // 100 if zero, at most 10,000
}

func (f Filter) rows() int {
	if f.Limit <= 0 {
		return 100
	}
	return min(f.Limit, 10_000)
}

// Decisions lists recorded decisions, the newest first.
func (s *Service) Decisions(ctx context.Context, actor identity.Actor, f Filter) (list []Decision, err error) {
	if err := actor.Authorise(OpRead, f.Organisation); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = decisions(tx, f)
		return err
	})
	return list, err
}

const decisionColumns = `id, item_kind, item_id, item_version, item_count, owner, feed, label, receivers, attribution,
	organisation, contact, audience, grant_id, policy, outcome, rule, reason, decided_by, decided_at`

func decisions(tx *sqldb.Tx, f Filter) (list []Decision, err error) {
	var where []string
	var args []any
	if f.Refused {
		where = append(where, "outcome <> 'allowed'")
	}
	if f.Organisation != "" {
		args = append(args, f.Organisation)
		where = append(where, "(organisation = $1 OR owner = $1)")
	}
	query := "SELECT " + decisionColumns + " FROM release_decision"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	args = append(args, f.rows())
	err = tx.Each(query+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(args)), args, func(scan func(...any) error) error {
		d, err := scanDecision(scan)
		list = append(list, d)
		return err
	})
	return list, err
}

func scanDecision(scan func(...any) error) (d Decision, err error) {
	var label, receivers string
	var at int64
	i := &d.Item
	err = scan(&d.ID, &i.Kind, &i.ID, &i.Version, &i.Count, &i.Owner, &i.Terms.Feed, &label, &receivers, &i.Terms.Attribution,
		&d.Organisation, &d.Contact, &d.Audience, &d.Grant, &d.Policy, &d.Outcome, &d.Rule, &d.Reason, &d.By, &at)
	if err != nil {
		return d, err
	}
	if d.Label, err = tlp.Parse(label); err != nil {
		return d, err
	}
	i.Terms.Label, d.Allowed, d.At = d.Label, d.Outcome == Allowed, sqldb.Time(at)
	return d, json.Unmarshal([]byte(receivers), &i.Terms.Receivers)
}

// pair is an owner and whoever would be told instead.
type pair struct{ about, to string }

// grantOwners lists the owners about whom a grant may decide.
func grantOwners(asks []Ask) []string {
	var owners []string
	for _, a := range asks {
		if a.Item.Owner != "" && a.To.Organisation.ID != "" && a.elsewhere() {
			owners = append(owners, a.Item.Owner)
		}
	}
	return distinct(owners)
}

// grantsInForce reads the grants about some owners; of several for the same pair, the one that lasts longest.
func grantsInForce(tx *sqldb.Tx, owners []string, now time.Time) (map[pair]Grant, error) {
	found := map[pair]Grant{}
	err := eachIn(tx, "SELECT "+grantColumns+" FROM release_grant WHERE revoked_at = 0 AND from_at <= $1 AND until_at > $1 AND about IN", owners,
		func(scan func(...any) error) error {
			g, err := scanGrant(scan)
			p := pair{g.About, g.To}
			if best := found[p]; g.Until.After(best.Until) || g.Until.Equal(best.Until) && g.ID > best.ID {
				found[p] = g
			}
			return err
		}, now)
	return found, err
}
