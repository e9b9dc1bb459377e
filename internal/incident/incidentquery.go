package incident

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// incidentQuery is a question about incidents.
type incidentQuery struct {
	query
	few    bool // something of it finds few, by an index of its own
	merged bool // it asks for merged ones too
	terms  []string
}

// incidentKeys are what may stand before a colon, with the condition and, where they are few, the values.
var incidentKeys = map[string]struct {
	cond   string
	values func() []string
	few    bool
}{
	"state":    {"i.state = ?", func() []string { return texts(Stages()) }, false},
	"class":    {"i.class = ? AND i.class <> ''", nil, false},
	"severity": {"i.severity = ?", nil, false},
	"assignee": {"i.assignee = ? AND i.assignee <> ''", nil, true},
	"campaign": {"i.campaign IN (SELECT id FROM campaign WHERE id = ? OR ref = upper(?)) AND i.campaign <> ''", nil, true},
	"country":  {"(i.id || '') IN (SELECT incident FROM incident_country WHERE code = upper(?))", nil, false},
	"victim":   {"(i.id || '') IN (SELECT incident FROM incident_country WHERE code = upper(?) AND role = 'victim')", nil, false},
	"origin":   {"(i.id || '') IN (SELECT incident FROM incident_country WHERE code = upper(?) AND role = 'origin')", nil, false},
	"transit":  {"(i.id || '') IN (SELECT incident FROM incident_country WHERE code = upper(?) AND role = 'transit')", nil, false},
	"org": {`i.id IN (SELECT k.root FROM report_concern c JOIN incident_link l ON l.report = c.report AND l.alert = 0 JOIN incident k ON k.id = l.incident
		WHERE c.organisation = ?)`, nil, true},
}

// KeysOfIncidents lists what may stand before a colon in a query for incidents; "is:" beside them takes PropertiesOfIncidents.
func KeysOfIncidents() (list []string) {
	for k := range incidentKeys {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// incidentProperties are what may stand after "is:".
var incidentProperties = map[string]string{
	"restricted": "i.restricted = 1", "merged": "i.merged_into <> ''", "mine": "", "unassigned": "i.assignee = ''", "closed": "i.state IN ('resolved', 'abandoned')",
}

// PropertiesOfIncidents lists what may stand after "is:" in a query for incidents.
func PropertiesOfIncidents() []string { return known(incidentProperties) }

// readIncidents reads a query's text.
func readIncidents(words string, actor identity.Actor) (q incidentQuery, err error) {
	if len(words) > maxQuery {
		return q, problem.New(problem.Invalid, "the question has %d bytes, and may have %d", len(words), maxQuery)
	}
	for _, part := range strings.Fields(strings.ToValidUTF8(words, "?")) {
		key, value, ok := strings.Cut(part, ":")
		key = strings.ToLower(key)
		_, known := incidentKeys[key]
		switch {
		case ok && value != "" && known:
			err = q.key(key, value)
		case ok && key == "is":
			err = q.property(strings.ToLower(value), actor)
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
	if !q.merged {
		q.and("i.merged_into = ''")
	}
	return q, nil
}

func (q *incidentQuery) key(key, value string) error {
	k := incidentKeys[key]
	if key == "state" || key == "class" || key == "severity" {
		value = strings.ToLower(value)
	}
	if k.values != nil && !slices.Contains(k.values(), value) {
		return problem.New(problem.Invalid, "there is no %s %q%s", key, value, nearest.Hint(value, k.values()))
	}
	q.few = q.few || k.few
	q.merged = q.merged || key == "state" && value == string(StageMerged)
	q.and(k.cond, slices.Repeat([]any{value}, strings.Count(k.cond, "?"))...)
	return nil
}

func (q *incidentQuery) property(value string, actor identity.Actor) error {
	cond, ok := incidentProperties[value]
	switch {
	case !ok:
		return problem.New(problem.Invalid, "there is no is:%s%s", value, nearest.Hint(value, PropertiesOfIncidents()))
	case value == "mine":
		q.few = true
		q.and("i.assignee = ? AND i.assignee <> ''", actor.ID)
	default:
		q.merged, q.few = q.merged || value == "merged", q.few || value == "merged"
		q.and(cond)
	}
	return nil
}

// find adds the words: an incident is found by its own and by those of what was merged into it. Words that few have are looked for by their lists, those
// of many incident by incident, in order.
func (q *incidentQuery) find(tx *sqldb.Tx) error {
	for _, t := range q.terms {
		var n int
		err := tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM incident_word WHERE word >= $1 AND word < $2 LIMIT $3) AS found`, t, beyond(t), commonWord+1).Scan(&n)
		if err != nil {
			return err
		}
		if n > commonWord {
			q.and(`(i.words LIKE ? ESCAPE '\' OR EXISTS (SELECT 1 FROM incident k WHERE k.root = i.id AND k.id <> i.id AND k.words LIKE ? ESCAPE '\'))`, like(t), like(t))
			continue
		}
		q.few = true
		q.and(`(i.id IN (SELECT incident FROM incident_word WHERE word >= ? AND word < ?)
			OR i.id IN (SELECT k.root FROM incident_word w JOIN incident k ON k.id = w.incident WHERE k.merged_into <> '' AND w.word >= ? AND w.word < ?))`, t, beyond(t), t, beyond(t))
	}
	return nil
}

// steer keeps SQLite, which knows nothing of how many incidents have what, from going through all of a state or class, and sorting them, where the order
// of the list has an index of its own.
func (q *incidentQuery) steer() {
	for i, cond := range q.where {
		for _, column := range []string{"i.state", "i.class"} {
			if rest, ok := strings.CutPrefix(cond, column+" = "); ok {
				q.where[i] = "(" + column + " || '') = " + rest
			}
		}
	}
}

// commonWord is up to how many incidents a word is looked for by its list.
const commonWord = 1000

// sortOf reads an order.
func sortOf(text string) (key string, down bool, err error) {
	if text == "" {
		return "changed", true, nil
	}
	key, down = strings.CutPrefix(text, "-")
	if _, ok := sorts[key]; !ok {
		return "", false, problem.New(problem.Invalid, "there is no order %q: %s are", text, strings.Join(SortsOfIncidents(), ", "))
	}
	return key, down, nil
}
