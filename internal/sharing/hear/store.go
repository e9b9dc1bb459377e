package hear

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing/stix"
)

// The cursors: how far objects were handed on; up to where what waits was held against what came; and how far what came before anybody was heard was handed on,
// which ends where hearing began.
const (
	cursor   = "heard"
	lately   = "late"
	replayed = "replayed"
	began    = "before"
)

// object is one that is stored.
type object struct {
	num, version    int64
	id, typ, source string
	proof           string
	label           tlp.Label
	raw             []byte
	parsed          *stix.Object // nil if it cannot be read any more
}

func (o *object) key() string { return o.id + " " + strconv.FormatInt(o.version, 10) }

// stretch is what lies behind a cursor.
type stretch struct {
	name       string // begins those of the inputs that it becomes
	from, upto int64
	sources    []*source
}

// source is what one organisation told in a stretch.
type source struct {
	organisation string
	seen         []*object            // observed-data and sightings
	incidents    []*object            // of each all versions, the oldest first
	others       map[string]*object   // what they refer to, by id
	relations    map[string][]*object // relationships that came along, by the ids of both ends
}

const objectColumns = `num, object_id, version, type, source, label, raw, proof`

func each(tx *sqldb.Tx, where string, args []any, take func(*object)) error {
	return tx.Each(`SELECT `+objectColumns+` FROM sharing_object WHERE `+where, args, func(scan func(...any) error) error {
		o := &object{}
		var label string
		if err := scan(&o.num, &o.id, &o.version, &o.typ, &o.source, &label, &o.raw, &o.proof); err != nil {
			return err
		}
		o.label, _ = tlp.Parse(label) // one that nobody knows is the strictest
		take(o)
		return nil
	})
}

func reach(tx *sqldb.Tx, name string) (num int64, err error) {
	err = tx.QueryRow(`SELECT num FROM sharing_reach WHERE name = $1`, name).Scan(&num)
	if sqldb.NoRows(err) && name != cursor { // as an older backup leaves it
		return 0, nil
	}
	return num, err
}

// load reads the next stretch behind a cursor.
func load(tx *sqldb.Tx, name string) (s stretch, err error) {
	end := int64(math.MaxInt64)
	if s.name = "shared"; name == replayed {
		s.name = name
		if end, err = reach(tx, began); err != nil {
			return s, err
		}
	}
	if s.from, err = reach(tx, name); err != nil {
		return s, err
	}
	var upto *int64
	err = tx.QueryRow(`SELECT max(num) FROM (SELECT num FROM sharing_object WHERE num > $1 AND num <= $2 ORDER BY num LIMIT $3) o`, s.from, end, int64(stride)).Scan(&upto)
	if s.upto = s.from; err != nil || upto == nil {
		return s, err
	}
	s.upto = *upto
	s.sources, err = gathered(tx, `num > $1 AND num <= $2 AND source <> '' AND type IN ('observed-data', 'sighting', 'incident', 'relationship') ORDER BY num`, s.from, s.upto)
	return s, err
}

// gathered reads objects by their sources, each with what it refers to.
func gathered(tx *sqldb.Tx, where string, args ...any) (list []*source, err error) {
	by := map[string]*source{}
	err = each(tx, where, args, func(o *object) {
		one := by[o.source]
		if one == nil {
			one = &source{organisation: o.source, others: map[string]*object{}, relations: map[string][]*object{}}
			by[o.source] = one
			list = append(list, one)
		}
		one.take(o)
	})
	for _, one := range list {
		if err == nil {
			err = one.gather(tx)
		}
	}
	return list, err
}

// take sorts what was read.
func (s *source) take(o *object) {
	o.parse()
	switch {
	case o.parsed == nil:
	case o.typ == "incident":
		s.incidents = append(s.incidents, o)
	case o.typ == "relationship":
		r, ok := o.parsed.Body.(*stix.Relationship)
		if ok {
			s.relations[r.Source] = append(s.relations[r.Source], o)
			s.relations[r.Target] = append(s.relations[r.Target], o)
		}
	default:
		s.seen = append(s.seen, o)
	}
}

// parse reads the object; what could be read once can be read again, unless the rules changed.
func (o *object) parse() {
	list, _, err := stix.Parse(bytes.NewReader(o.raw), stix.Limits{Marking: func(string) bool { return true }})
	if err == nil && len(list) == 1 {
		o.parsed = &list[0]
	}
}

// How far references are followed, and how many objects that may be.
const (
	mostDepth  = 4
	mostOthers = 20_000
	atOnce     = 500
)

// gather reads what the objects refer to, as far as their source may use it.
func (s *source) gather(tx *sqldb.Tx) error {
	next := slices.Concat(s.seen, s.incidents)
	for _, o := range s.incidents {
		next = append(next, s.relations[o.id]...)
	}
	for range mostDepth {
		var ask []string
		for _, o := range next {
			if o.parsed == nil {
				continue
			}
			for _, r := range o.parsed.Refs {
				if _, known := s.others[r.ID]; !known && len(s.others) < mostOthers {
					s.others[r.ID] = nil
					ask = append(ask, r.ID)
				}
			}
		}
		next = nil
		for part := range slices.Chunk(ask, atOnce) {
			found, err := named(tx, part)
			if err != nil {
				return err
			}
			for _, o := range found {
				if o.parse(); s.may(o) && (s.others[o.id] == nil || s.others[o.id].version < o.version) {
					s.others[o.id] = o
					next = append(next, o)
				}
			}
		}
	}
	return nil
}

// may tells whether a source may refer to an object: to its own and ours, to markings, and to observables whose id nobody can name who does not know them.
func (s *source) may(o *object) bool {
	switch {
	case o.parsed == nil:
		return false
	case o.source == s.organisation || o.source == "" || o.typ == "marking-definition":
		return true
	}
	return stix.ClassOf(o.typ) == stix.Observable && o.derived()
}

// derived tells whether the id of an observable is the one that its content gives (STIX 2.1 §2.9).
func (o *object) derived() bool {
	head, _ := o.parsed.Body.Common()
	was := *head
	name, err := stix.Name(o.typ, o.parsed.Body)
	*head = was
	return err == nil && name == o.id
}

func named(tx *sqldb.Tx, ids []string) (list []*object, err error) {
	args, marks := make([]any, len(ids)), make([]string, len(ids))
	for i, id := range ids {
		args[i], marks[i] = id, fmt.Sprintf("$%d", i+1)
	}
	err = each(tx, `object_id IN (`+strings.Join(marks, ", ")+`) ORDER BY num`, args, func(o *object) { list = append(list, o) })
	return list, err
}

// move moves a cursor. Errors: Conflict if another did meanwhile.
func move(tx *sqldb.Tx, name string, from, upto int64) error {
	n, err := tx.Exec(`INSERT INTO sharing_reach AS r (name, num) VALUES ($1, $3) ON CONFLICT (name) DO UPDATE SET num = excluded.num WHERE r.num = $2`, name, from, upto)
	if err == nil && n != 1 {
		return problem.New(problem.Conflict, "somebody else handed these objects on meanwhile")
	}
	return err
}

// heard is what an incident of an organisation became.
type heard struct {
	report  string
	version int64
}

func heardOf(tx *sqldb.Tx, organisation, object string) (k heard, err error) {
	err = tx.QueryRow(`SELECT report, version FROM sharing_heard WHERE source = $1 AND object_id = $2`, organisation, object).Scan(&k.report, &k.version)
	if sqldb.NoRows(err) {
		return heard{}, nil
	}
	return k, err
}

func keep(tx *sqldb.Tx, organisation, object string, k heard) error {
	_, err := tx.Exec(`INSERT INTO sharing_heard AS h (source, object_id, report, version) VALUES ($1, $2, $3, $4)
		ON CONFLICT (source, object_id) DO UPDATE SET report = excluded.report, version = excluded.version WHERE h.version < excluded.version`, organisation, object, k.report, k.version)
	return err
}

// ReportsOf gives the reports that some objects became, by the objects' ids. It is a step of somebody's operation, which authorises.
func ReportsOf(tx *sqldb.Tx, ids []string) (map[string][]string, error) {
	out := map[string][]string{}
	for part := range slices.Chunk(ids, atOnce) {
		args, marks := make([]any, len(part)), make([]string, len(part))
		for i, id := range part {
			args[i], marks[i] = id, fmt.Sprintf("$%d", i+1)
		}
		err := tx.Each(`SELECT object_id, report FROM sharing_heard WHERE report <> '' AND object_id IN (`+strings.Join(marks, ", ")+`)`, args, func(scan func(...any) error) error {
			var id, report string
			err := scan(&id, &report)
			out[id] = append(out[id], report)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
