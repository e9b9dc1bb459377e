package incident

import (
	"context"
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// search is a query that was read.
type search struct {
	query
	terms []string
	few   bool // it names something that an index finds, of few reports
	mark  bool // it names a mark that has an index of its own, in the order of the queue
}

// keys of the query's text, with the condition for each; the value is checked against the list if there is one.
var reportKeys = map[string]struct {
	cond   string
	values func() []string
}{
	"state":    {"r.state = ?", func() []string { return texts(States()) }},
	"class":    {"r.class = ?", nil},
	"type":     {"r.type = ?", nil},
	"severity": {"r.severity = ?", nil},
	"door":     {"r.door = ?", func() []string { return texts(Doors()) }},
	"org":      {"r.id IN (SELECT report FROM report_concern WHERE organisation = ?)", nil},
	"assignee": {"r.assignee = ? AND r.assignee <> ''", nil},
	"from":     {"r.sender = ? AND r.sender <> ''", nil},
	"move":     {"r.move = ?", nil},
	"fold":     {"r.fold = ? AND r.fold <> ''", nil},
}

// properties are what may stand after "is:".
var properties = map[string]string{
	"test": "r.test = 1", "duplicate": "r.duplicate <> ''", "confidential": "r.confidential = 1", "anonymous": "r.anonymous = 1", "machine": "r.fold <> ''",
	"quarantined": "r.quarantined = 1", "restricted": "r.hidden = 1", "verified": "r.verified <> ''", "undone": "r.state IN ('new', 'open')", "mine": "",
	"unassigned": "r.assignee = ''", "person": "r.fold = '' AND r.duplicate = '' AND r.test = 0",
	"unanswered": "r.door <> 'phone' AND NOT EXISTS (SELECT 1 FROM incident_message m WHERE m.about = r.id AND m.direction = 'out')",
	"passed":     "r.id IN (SELECT report FROM incident_link WHERE alert = 1)",
	"referred":   "r.id IN (SELECT report FROM referral WHERE answered = 0)",
	"overdue":    "r.id IN (SELECT report FROM referral WHERE answered = 0 AND raised > 0)",
}

// rareMarks are those of the properties that have an index of their own.
var rareMarks = []string{"test", "confidential", "anonymous", "machine", "quarantined", "restricted", "verified"}

func texts[T ~string](list []T) (out []string) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// maxQuery bounds a query's text, and maxTerms its words.
const (
	maxQuery = 1000 // bytes
	maxTerms = 10
)

// readSearch reads a query's text.
func readSearch(text string, actor identity.Actor, v Sight) (q search, err error) {
	if len(text) > maxQuery {
		return q, problem.New(problem.Invalid, "the question has %d bytes, and may have %d", len(text), maxQuery)
	}
	for _, part := range strings.Fields(strings.ToValidUTF8(text, "?")) {
		key, value, ok := strings.Cut(part, ":")
		key = strings.ToLower(key)
		switch _, known := reportKeys[key]; {
		case ok && value != "" && known:
			err = q.key(key, value)
		case ok && key == "is":
			err = q.property(value, actor)
		case ok && key == "incident":
			q.linked(value, v)
		default:
			q.terms = append(q.terms, terms(part)...)
		}
		if err != nil {
			return q, err
		}
	}
	if len(q.terms) > maxTerms {
		return q, problem.New(problem.Invalid, "the question has %d words, and may have %d", len(q.terms), maxTerms)
	}
	q.steer()
	return q, nil
}

// steer keeps SQLite, which knows nothing of how many reports have what, from going through all of a state where a mark finds few.
func (q *search) steer() {
	if !q.mark {
		return
	}
	for i, cond := range q.where {
		if rest, ok := strings.CutPrefix(cond, "r.state "); ok {
			q.where[i] = "(r.state || '') " + rest
		}
	}
}

func (q *search) key(key, value string) error {
	k := reportKeys[key]
	if key != "org" && key != "assignee" && key != "fold" {
		value = strings.ToLower(value)
	}
	if k.values != nil && !slices.Contains(k.values(), value) {
		return problem.New(problem.Invalid, "there is no %s %q%s", key, value, nearest.Hint(value, k.values()))
	}
	q.few = q.few || key == "org" || key == "assignee" || key == "from"
	q.and(k.cond, value)
	return nil
}

func (q *search) property(value string, actor identity.Actor) error {
	cond, ok := properties[value]
	q.mark = q.mark || slices.Contains(rareMarks, value)
	switch {
	case !ok:
		return problem.New(problem.Invalid, "there is no is:%s%s", value, nearest.Hint(value, known(properties)))
	case value == "mine":
		q.few = true
		q.and("r.assignee = ? AND r.assignee <> ''", actor.ID)
	default:
		q.and(cond)
	}
	return nil
}

func known(m map[string]string) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// linked asks for reports of an incident that is within sight; "none" for those of no incident.
func (q *search) linked(value string, v Sight) {
	if value == "none" {
		q.and("NOT EXISTS (SELECT 1 FROM incident_link l WHERE l.report = r.id AND l.alert = 0)")
		return
	}
	cond, args := v.Incidents("i", len(q.args)+2)
	q.args = append(q.args, value)
	first := len(q.args)
	q.args = append(q.args, args...)
	n := "$" + itoa(first)
	q.where = append(q.where, "r.id IN (SELECT l.report FROM incident i JOIN incident k ON k.root = i.root JOIN incident_link l ON l.incident = k.id WHERE (i.id = "+n+" OR i.ref = "+n+") AND l.alert = 0 AND "+cond+")")
}

// rare is up to how many reports a word is looked for by its list; the words of more are looked for report by report, in order.
const rare = 5000

// find adds the words: the rarest by its list, the others by what each report holds.
func (q *search) find(tx *sqldb.Tx) (byWord bool, err error) {
	best, least := "", rare
	for _, t := range q.terms {
		var n int
		err := tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM report_word WHERE word >= $1 AND word < $2 LIMIT $3) AS found`, t, beyond(t), least+1).Scan(&n)
		if err != nil {
			return false, err
		}
		if n <= least {
			best, least = t, n
		}
	}
	for _, t := range q.terms {
		if t == best {
			q.and("r.id IN (SELECT report FROM report_word WHERE word >= ? AND word < ?)", t, beyond(t))
		} else {
			q.and(`r.words LIKE ? ESCAPE '\'`, like(t))
		}
	}
	return best != "", nil
}

// Reports gives a page of the queue: of what the actor may see, the smallest rank first and of one rank the newest. Errors: Invalid for the query.
func (s *Service) Reports(ctx context.Context, actor identity.Actor, f Filter) (out page.Page[Row], err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	var hidden []string
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		records, sight, err := s.pageOf(tx, actor, f)
		if err != nil {
			return err
		}
		out = page.Page[Row]{Next: records.Next}
		out.Items, err = s.rows(tx, sight, records.Items, f.Folded)
		hidden = hiddenOf(records.Items)
		return err
	})
	if err == nil {
		err = s.recordReading(ctx, actor, OpRead, hidden)
	}
	if err != nil {
		return page.Page[Row]{}, err
	}
	return out, nil
}

// pageOf reads the rows of one page.
func (s *Service) pageOf(tx *sqldb.Tx, actor identity.Actor, f Filter) (out page.Page[record], v Sight, err error) {
	if v, err = s.SightOf(tx, actor); err != nil {
		return out, v, err
	}
	q, err := readSearch(f.Query, actor, v)
	if err != nil {
		return out, v, err
	}
	byWord, err := q.find(tx)
	if err != nil {
		return out, v, err
	}
	q.seen(v.Reports, "r")
	if f.Folded {
		q.and("(r.fold = '' OR r.lead = 1 OR r.hidden = 1 OR r.state <> 'new')")
	}
	var rank, turn int64
	var last string
	if more, err := f.After.Into(&rank, &turn, &last); err != nil {
		return out, v, err
	} else if more {
		q.and("(r.rank, r.turn, r.id) > (CAST(? AS BIGINT), CAST(? AS BIGINT), ?)", rank, turn, last)
	}
	order := "r.rank, r.turn, r.id"
	if byWord || q.few {
		order = "+r.rank, +r.turn, r.id" // what finds few is sorted; the index of the queue would be read to its end
	}
	limit := f.Rows()
	q.args = append(q.args, limit+1)
	var list []record
	err = tx.Each("SELECT "+rowColumns+" FROM report r WHERE "+q.String()+" ORDER BY "+order+" LIMIT $"+itoa(len(q.args)), q.args, func(scan func(...any) error) error {
		var r record
		err := scan(r.rowInto()...)
		list = append(list, r)
		return err
	})
	return page.Cut(list, limit, func(r record) []any { return []any{r.Rank, -sqldb.Millis(r.Received), r.ID} }), v, err
}

// Count tells how many reports a query finds of what the actor may see, at most limit.
func (s *Service) Count(ctx context.Context, actor identity.Actor, text string, limit int) (n int, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return 0, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		v, err := s.SightOf(tx, actor)
		if err != nil {
			return err
		}
		q, err := readSearch(text, actor, v)
		if err != nil {
			return err
		}
		if _, err := q.find(tx); err != nil {
			return err
		}
		q.seen(v.Reports, "r")
		q.args = append(q.args, limit)
		return tx.QueryRow("SELECT count(*) FROM (SELECT 1 FROM report r WHERE "+q.String()+" LIMIT $"+itoa(len(q.args))+") AS found", q.args...).Scan(&n)
	})
	return n, err
}

// PassedOn lists the reports that the actor may know of only as passed to a named handler, the latest first, at most 100.
func (s *Service) PassedOn(ctx context.Context, actor identity.Actor) (list []Passed, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return nil, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		list, err = s.passed(tx, actor, "")
		return err
	})
	return list, err
}

// passed asks for those, or for the one with an id or ref.
func (s *Service) passed(tx *sqldb.Tx, actor identity.Actor, name string) (list []Passed, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	var q query
	q.and("r.hidden = 1")
	q.and(`(EXISTS (SELECT 1 FROM report_handled h WHERE h.account = ? AND h.report = r.id)
		OR EXISTS (SELECT 1 FROM incident_link l WHERE l.report = r.id AND l.alert = 1))`, actor.ID)
	cond, args := v.Reports("r", len(q.args)+1)
	q.where, q.args = append(q.where, "NOT ("+cond+")"), append(q.args, args...)
	if name != "" {
		q.and("(r.id = ? OR r.ref = ?)", name, name)
	}
	err = tx.Each("SELECT r.id, r.ref, r.state, r.received FROM report r WHERE "+q.String()+" ORDER BY r.received DESC, r.id LIMIT 100", q.args, func(scan func(...any) error) error {
		var p Passed
		err := scan(&p.ID, &p.Ref, &p.State, moment{&p.Received})
		list = append(list, p)
		return err
	})
	return list, err
}
