package playbook

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func itoa(n int) string { return strconv.Itoa(n) }

// millis writes times as the tables hold them.
func millis(args []any) []any {
	for i, a := range args {
		if t, ok := a.(time.Time); ok {
			args[i] = sqldb.Millis(t)
		}
	}
	return args
}

// maxQuery bounds a query, in bytes.
const maxQuery = 1000

// condition turns a query into SQL: first what incidents the actor sees (i), then what tasks are asked for (t).
func (s *Service) condition(tx *sqldb.Tx, actor identity.Actor, query string) (*condition, error) {
	if len(query) > maxQuery {
		return nil, problem.New(problem.Invalid, "the filter has %d characters, and may have %d", len(query), maxQuery)
	}
	v, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	c := &condition{}
	c.of(func(first int) (string, []any) {
		cond, args := v.Incidents("i", first)
		return "EXISTS (SELECT 1 FROM incident i WHERE i.id = t.incident AND " + cond + ")", args
	})
	for word := range strings.FieldsSeq(query) {
		if err := s.narrow(c, actor, word); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s *Service) narrow(c *condition, actor identity.Actor, word string) error {
	name, value, _ := strings.Cut(word, ":")
	switch name {
	case "state":
		return c.states(value)
	case "who":
		c.and("t.assignee = ?", map[string]string{"me": actor.ID, "nobody": ""}[value]+other(value, "me", "nobody"))
	case "incident":
		c.and("t.incident IN (SELECT id FROM incident WHERE id = ? OR ref = ?)", value, strings.ToUpper(value))
	case "playbook":
		c.and("t.run IN (SELECT id FROM playbook_run WHERE book = ?)", value)
	case "is":
		if value != "overdue" {
			return problem.New(problem.Invalid, "is: takes overdue, and not %q", clip(value))
		}
		due, _ := sorting("").column() // what has no day is due after all times
		c.and("t.state IN ('open', 'doing') AND "+due+" <= CAST(? AS BIGINT)", sqldb.Millis(s.o.Clock.Now()))
	default:
		return problem.New(problem.Invalid, "%q cannot be understood: say state:, who:, is:overdue, incident: or playbook:", clip(word))
	}
	return nil
}

// other is the value itself, unless it is one of some words.
func other(value string, words ...string) string {
	if slices.Contains(words, value) {
		return ""
	}
	return value
}

// states asks for states. They are written into the text: an index of what is undone serves only whoever asks for that in so many words.
func (c *condition) states(value string) error {
	asked := strings.Split(value, ",")
	open := "t.state IN ('open', 'doing')"
	for i, v := range asked {
		if !slices.Contains(States(), State(v)) {
			return problem.New(problem.Invalid, "there is no state %q: open, doing, done and not-needed are", clip(v))
		}
		if !slices.Contains(undone, State(v)) {
			open = "TRUE"
		}
		asked[i] = "'" + v + "'"
	}
	c.and(open)
	c.and("t.state IN (" + strings.Join(asked, ", ") + ")")
	return nil
}

// sorting is the order of a list. What is due whenever comes after all that has a time.
type sorting string

// never stands for a due time that there is none of, in the order.
const never = 1 << 62

func (s sorting) column() (name string, down bool) {
	name, down = strings.CutPrefix(string(s), "-")
	if name == "changed" {
		return "t.changed", down
	}
	return "(CASE WHEN t.due = 0 THEN CAST(" + strconv.FormatInt(never, 10) + " AS BIGINT) ELSE t.due END)", down
}

func (s sorting) key(r record) []any {
	if strings.HasSuffix(string(s), "changed") {
		return []any{sqldb.Millis(r.changed), r.id}
	}
	if r.due.IsZero() {
		return []any{int64(never), r.id}
	}
	return []any{sqldb.Millis(r.due), r.id}
}

// order adds where a page begins, and gives the order of its rows.
func (c *condition) order(f Filter) (string, error) {
	if !slices.Contains([]string{"", "due", "-due", "changed", "-changed"}, f.Sort) {
		return "", problem.New(problem.Invalid, "tasks are sorted by due or changed")
	}
	name, down := sorting(f.Sort).column()
	var at int64
	var last string
	more, err := f.After.Into(&at, &last)
	if err != nil {
		return "", err
	}
	way, beyond := "", ">"
	if down {
		way, beyond = " DESC", "<"
	}
	if more {
		c.and("("+name+", t.id) "+beyond+" (CAST(? AS BIGINT), ?)", at, last)
	}
	return " ORDER BY " + name + way + ", t.id" + way, nil
}
