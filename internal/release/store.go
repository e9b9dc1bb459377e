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

	"github.com/firehall/firehall/internal/core/iep"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release/redact"
)

// decisionInto records decisions; one that is there stays as it is.
var decisionInto = sqldb.Upsert{
	Table: "release_decision",
	Columns: []string{
		"id", "item_key", "item_kind", "item_id", "item_version", "item_count", "owner", "feed", "label", "receivers", "attribution",
		"organisation", "contact", "audience", "grant_id", "policy", "outcome", "rule", "reason", "decided_by", "decided_at",
		"relation", "effective", "profile", "source", "pap", "facts", "item_group", "encrypt", "iep", "holds", "actions", "instead_of",
	},
	Key: []string{"item_key"},
}

func decisionRow(m *matter, d Decision) []any {
	receivers, _ := json.Marshal(d.Item.Terms.Receivers) // a list of texts cannot fail
	return []any{
		d.ID, m.key[:], d.Item.Kind, d.Item.ID, d.Item.Version, d.Item.Count, d.Item.Owner, d.Item.Terms.Feed, d.Label.String(), string(receivers),
		d.Item.Terms.Attribution, d.Organisation, d.Contact, d.Audience, d.Grant, int64(d.Policy), string(d.Outcome), d.Rule, d.Reason,
		d.By, sqldb.Millis(d.At), string(d.To), d.Effective.String(), d.Profile, d.Item.Source, d.Item.PAP.String(), int64(m.facts), //nolint:gosec // 40 bits
		d.Item.Group, int64(truth(m.mustEncrypt())), d.Item.Terms.IEP.String(), int64(d.Item.Holds), redact.For(m.profile()).Code(), d.InsteadOf, //nolint:gosec // 0 or 1
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
	err := eachIn(tx, `SELECT item_key, id, outcome, rule, reason, grant_id, policy, decided_by, decided_at, seconder, seconded_at, seconded_for
		FROM release_decision WHERE item_key IN`,
		keys, func(scan func(...any) error) error {
			var key []byte
			var d Decision
			var at, seconded int64
			err := scan(&key, &d.ID, &d.Outcome, &d.Rule, &d.Reason, &d.Grant, &d.Policy, &d.By, &at, &d.Seconder, &seconded, &d.SecondedBy)
			d.At, d.Seconded = sqldb.Time(at), sqldb.Time(seconded)
			found[string(key)] = d
			return err
		})
	return found, err
}

// Filter narrows a list of decisions.
type Filter struct {
	Refused      bool    // only what was not allowed
	Outcome      Outcome // only these
	Organisation string  // id: as owner or as recipient
	To           Audience
	Rule         string
	Kind, ID     string // of the item
	Before       string // id: only older ones, to go on with a list
	Limit        int    // 100 if zero, at most 10,000
}

func (f Filter) rows() int {
	if f.Limit <= 0 {
		return 100
	}
	return min(f.Limit, 10_000)
}

// Decisions lists recorded decisions, the newest first, without their steps. What is about something that the actor may not see is left out.
func (s *Service) Decisions(ctx context.Context, actor identity.Actor, f Filter) (list []Decision, err error) {
	if err := actor.Authorise(OpRead, f.Organisation); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = s.list(tx, actor, f)
		return err
	})
	return list, err
}

const decisionColumns = `d.id, d.item_kind, d.item_id, d.item_version, d.item_count, d.owner, d.feed, d.label, d.receivers, d.attribution,
	d.organisation, d.contact, d.audience, d.grant_id, d.policy, d.outcome, d.rule, d.reason, d.decided_by, d.decided_at,
	d.relation, d.effective, d.profile, d.source, d.pap, d.facts, d.seconder, d.seconded_at, d.seconded_for, d.iep, d.instead_of`

// conditions are those of a filter, with their arguments.
func (f Filter) conditions() (where []string, args []any) {
	narrow := func(condition string, value string) {
		if value != "" {
			args = append(args, value)
			where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
		}
	}
	if f.Refused {
		where = append(where, "d.outcome NOT IN ('allowed', 'allowed redacted')")
	}
	narrow("d.outcome = ?", string(f.Outcome))
	narrow("(d.organisation = ? OR d.owner = ?)", f.Organisation)
	narrow("d.relation = ?", string(f.To))
	narrow("d.rule = ?", f.Rule)
	narrow("d.item_kind = ?", f.Kind)
	narrow("d.item_id = ?", f.ID)
	narrow("d.id < ?", f.Before)
	return where, args
}

func (s *Service) list(tx *sqldb.Tx, actor identity.Actor, f Filter) (list []Decision, err error) {
	where, args := f.conditions()
	seen, args, err := s.seen(tx, actor, args)
	if err != nil {
		return nil, err
	}
	args = append(args, f.rows())
	query := "SELECT " + decisionColumns + " FROM release_decision d WHERE " + strings.Join(append(where, seen), " AND ")
	err = tx.Each(query+" ORDER BY d.id DESC LIMIT $"+strconv.Itoa(len(args)), args, func(scan func(...any) error) error {
		d, _, err := scanDecision(scan)
		list = append(list, d)
		return err
	})
	return list, err
}

// seen gives the condition that decisions, as d, meet that an actor may know of, and appends its arguments.
func (s *Service) seen(tx *sqldb.Tx, actor identity.Actor, args []any) (string, []any, error) {
	if s.o.Unseen == nil || actor.Kind == identity.SystemKind {
		return "1 = 1", args, nil
	}
	condition, more, err := s.o.Unseen(tx, actor, "d", len(args)+1)
	return "NOT (" + condition + ")", append(args, more...), err
}

// scanDecision reads a decision and the facts that it was made of.
func scanDecision(scan func(...any) error) (d Decision, have fact, err error) {
	var label, effective, pap, receivers, policy string
	var at, facts, seconded int64
	i := &d.Item
	err = scan(&d.ID, &i.Kind, &i.ID, &i.Version, &i.Count, &i.Owner, &i.Terms.Feed, &label, &receivers, &i.Terms.Attribution,
		&d.Organisation, &d.Contact, &d.Audience, &d.Grant, &d.Policy, &d.Outcome, &d.Rule, &d.Reason, &d.By, &at,
		&d.To, &effective, &d.Profile, &i.Source, &pap, &facts, &d.Seconder, &seconded, &d.SecondedBy,
		&policy, &d.InsteadOf)
	if err != nil {
		return d, 0, err
	}
	i.Terms.IEP = iep.Kept(policy)
	if d.Label, err = tlp.Parse(label); err != nil {
		return d, 0, err
	}
	if d.Effective = d.Label; effective != "" { // rows of before there were schedules have none
		if d.Effective, err = tlp.Parse(effective); err != nil {
			return d, 0, err
		}
	}
	if pap != "" {
		if i.PAP, err = tlp.ParsePAP(pap); err != nil {
			return d, 0, err
		}
	}
	i.Terms.Label, d.Allowed, d.At, d.Seconded = d.Label, d.Outcome.lets(), sqldb.Time(at), sqldb.Time(seconded)
	return d, fact(facts), json.Unmarshal([]byte(receivers), &i.Terms.Receivers) //nolint:gosec // 40 bits
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
