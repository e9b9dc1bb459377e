package indicator

import (
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/pattern"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// Limits of one indicator.
const (
	mostValues = 10_000 // what is beyond makes it a pattern that is not looked for
	mostValue  = 4096   // bytes
)

// stride is how many objects one transaction goes over.
const stride = 1000

// readObjects names how far objects were read.
const readObjects = "objects"

// Digest reads what came into the collections since it was called last, and gives how many objects said something of indicators. Errors: Forbidden.
func (s *Service) Digest(ctx context.Context, actor identity.Actor) (n int, err error) {
	if err := actor.Authorise(OpDigest, ""); err != nil {
		return 0, err
	}
	for more := true; more && err == nil; {
		var did int
		err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
			did, more, err = s.digest(tx)
			return err
		})
		n += did
	}
	return n, err
}

// object is one that says something.
type object struct {
	num, version, taken int64
	id, typ             string
	source, label       string
	raw                 []byte
}

func (s *Service) digest(tx *sqldb.Tx) (n int, more bool, err error) {
	from, _, err := reached(tx, readObjects)
	if err != nil {
		return 0, false, err
	}
	var upto *int64
	err = tx.QueryRow(`SELECT max(num) FROM (SELECT num FROM sharing_object WHERE num > $1 ORDER BY num LIMIT $2) o`, from, int64(stride)).Scan(&upto)
	if err != nil || upto == nil {
		return 0, false, err
	}
	list, err := objects(tx, `num > $1 AND num <= $2 AND type IN ('indicator', 'sighting', 'opinion', 'relationship') ORDER BY num`, from, *upto)
	if err != nil {
		return 0, false, err
	}
	if err := s.take(tx, list); err != nil {
		return 0, false, err
	}
	return len(list), true, reach(tx, readObjects, *upto)
}

func objects(tx *sqldb.Tx, where string, args ...any) (list []object, err error) {
	err = tx.Each(`SELECT num, object_id, version, type, source, label, taken, raw FROM sharing_object WHERE `+where, args, func(next func(...any) error) error {
		var o object
		err := next(&o.num, &o.id, &o.version, &o.typ, &o.source, &o.label, &o.taken, &o.raw)
		list = append(list, o)
		return err
	})
	return list, err
}

// take keeps what objects say.
func (s *Service) take(tx *sqldb.Tx, list []object) error {
	now := s.o.Clock.Now()
	fresh := false
	for n := range list {
		var err error
		switch o := &list[n]; o.typ {
		case "indicator":
			fresh = true
			err = s.takeIndicator(tx, now, o)
		case "sighting":
			err = takeSighting(tx, now, o)
		case "opinion":
			err = takeOpinion(tx, now, o)
		case "relationship":
			err = takeRelation(tx, o)
		}
		if err != nil {
			return err
		}
	}
	if !fresh || s.o.Fresh == nil {
		return nil
	}
	return s.o.Fresh(tx, now)
}

// newer tells that a newer version of an object was read already, from a table of ids and versions.
func newer(tx *sqldb.Tx, table string, o *object) (bool, error) {
	var n int
	err := tx.QueryRow(`SELECT count(*) FROM `+table+` WHERE id = $1 AND version > $2`, o.id, o.version).Scan(&n)
	return n > 0, err
}

func (s *Service) takeIndicator(tx *sqldb.Tx, now time.Time, o *object) error {
	if old, err := newer(tx, "sharing_indicator", o); old || err != nil {
		return err
	}
	i, values, err := s.read(tx, o)
	if err != nil {
		return err
	}
	if err := put(tx, i, values); err != nil {
		return err
	}
	return sum(tx, now, o.id)
}

// read reads an object of type indicator.
func (s *Service) read(tx *sqldb.Tx, o *object) (i Indicator, values []Value, err error) {
	i = Indicator{ID: o.id, num: o.num, Version: sharing.Moment(o.version), Source: o.source, Taken: sqldb.Time(o.taken), reach: pattern.Anything}
	if i.Label, err = tlp.Parse(o.label); err != nil {
		return i, nil, err
	}
	var b stix.Indicator
	if err := json.Unmarshal(o.raw, &b); err != nil {
		i.Fault = short("the object cannot be read: "+err.Error(), 500)
		return i, nil, nil
	}
	i.Name, i.Pattern, i.Revoked = short(b.Name, 300), short(b.Pattern, pattern.MaxText), b.Revoked
	i.From, i.Until, i.Confidence = b.ValidFrom.Time, b.ValidUntil.Time, b.Confidence
	if i.From.IsZero() {
		i.From = i.Version
	}
	if i.PAP, err = actions(tx, &b); err != nil {
		return i, nil, err
	}
	if slices.Contains(b.Types, "benign") {
		i.Warned = []string{Benign}
	}
	values = i.look(b.PatternType)
	i.list(s.o.Lists, values)
	return i, values, nil
}

// look finds the values of the pattern.
func (i *Indicator) look(language string) []Value {
	if language != "" && language != "stix" {
		i.Fault = short("its pattern is in another language: "+language, 200)
		return nil
	}
	p, err := pattern.Parse(i.Pattern)
	if err != nil {
		i.Fault = short(err.Error(), 500)
		return nil
	}
	found, reach := p.Lookups()
	i.reach = reach
	var out []Value
	for _, l := range found {
		if len(l.Value) <= mostValue {
			out = append(out, Value{Kind(l.Kind), short(l.Value, mostValue)})
		}
	}
	if len(out) < len(found) || len(out) > mostValues {
		i.Fault = "it has more, or longer, values than are looked for"
		return nil
	}
	if len(out) > 0 {
		i.Kind, i.Value = out[0].Kind, out[0].Value
	}
	return out
}

// Benign stands among the warning lists of an indicator that its source calls benign (STIX 2.1 §10.5): who blocks it does harm.
const Benign = "said to be benign"

// list finds the warning lists that its values are on.
func (i *Indicator) list(lists Lists, values []Value) {
	said := slices.Contains(i.Warned, Benign)
	i.Warned, i.Unsought = nil, nil
	if said {
		i.Warned = []string{Benign}
	}
	for _, v := range values {
		block, search := lists.On(v.Kind, v.Value)
		i.Warned, i.Unsought = merge(i.Warned, block), merge(i.Unsought, search)
	}
}

// actions is what PAP permits. A marking that nobody understands may mean anything, so it permits the least.
func actions(tx *sqldb.Tx, b stix.Body) (*tlp.PAP, error) {
	h := stix.Markings{}.Of(b)
	if len(h.Others) == 0 {
		return permits(h), nil
	}
	known := stix.Markings{}
	for _, name := range h.Others[:min(len(h.Others), 50)] {
		list, err := objects(tx, `object_id = $1 AND type = 'marking-definition' ORDER BY version DESC LIMIT 1`, short(name, 300))
		if err != nil {
			return nil, err
		}
		m := &stix.MarkingDefinition{}
		if len(list) == 1 && json.Unmarshal(list[0].raw, m) == nil {
			known[name] = m
		}
	}
	if h = known.Of(b); len(h.Others) > 0 {
		return new(tlp.PAPRed), nil
	}
	return permits(h), nil
}

// permits is what PAP and a policy permit together; nil where neither says anything.
func permits(h stix.Handling) *tlp.PAP {
	by := h.IEP.PAP()
	if h.PAP != nil {
		by = max(by, *h.PAP)
	} else if by == tlp.PAPClear {
		return nil
	}
	return &by
}

func takeSighting(tx *sqldb.Tx, now time.Time, o *object) error {
	var b stix.Sighting
	if json.Unmarshal(o.raw, &b) != nil || b.Count != nil && *b.Count == 0 { // STIX 2.1 §5.2: seen 0 times is not seen
		return nil
	}
	at := b.LastSeen.Time
	for _, t := range []time.Time{b.FirstSeen.Time, b.Created.Time, sharing.Moment(o.version)} {
		if at.IsZero() {
			at = t
		}
	}
	return keep(tx, now, said{
		Sighting: Sighting{Indicator: b.Of, Seer: seer(o.source, b.CreatedBy), Says: Positive, At: at, Note: b.Description}, once: o.id, gone: b.Revoked,
	})
}

// takeOpinion keeps that somebody disagrees (STIX 2.1 §4.14): that is how false positives are told.
func takeOpinion(tx *sqldb.Tx, now time.Time, o *object) error {
	var b struct {
		stix.Head
		Opinion     string   `json:"opinion"`
		Explanation string   `json:"explanation"`
		Objects     []string `json:"object_refs"`
		Revoked     bool     `json:"revoked"`
	}
	if json.Unmarshal(o.raw, &b) != nil {
		return nil
	}
	disagrees := b.Opinion == "disagree" || b.Opinion == "strongly-disagree"
	for _, of := range b.Objects[:min(len(b.Objects), 100)] {
		err := keep(tx, now, said{
			Sighting: Sighting{Indicator: of, Seer: seer(o.source, b.CreatedBy), Says: Wrong, At: sharing.Moment(o.version), Note: b.Explanation},
			once:     o.id + " " + of, gone: b.Revoked || !disagrees,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func takeRelation(tx *sqldb.Tx, o *object) error {
	var b stix.Relationship
	if json.Unmarshal(o.raw, &b) != nil {
		return nil
	}
	if old, err := newer(tx, "sharing_relation", o); old || err != nil {
		return err
	}
	if b.Revoked {
		_, err := tx.Exec(`DELETE FROM sharing_relation WHERE id = $1`, o.id)
		return err
	}
	_, err := tx.Exec(`INSERT INTO sharing_relation (id, version, kind, origin, target) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET version = excluded.version, kind = excluded.kind, origin = excluded.origin, target = excluded.target`,
		o.id, o.version, short(b.Kind, 250), short(b.Source, 300), short(b.Target, 300))
	return err
}

// seer is who speaks in an object: the organisation that gave it, whatever name stands in it; in what the team gave, the one who is named.
func seer(source, creator string) string {
	switch {
	case source != "":
		return byOrganisation + source
	case creator != "":
		return byIdentity + short(creator, 300)
	}
	return byTeam
}

// newID names a sighting.
func newID(now time.Time) string { return id.NewAt(now) }
