package indicator

import (
	"context"
	"strconv"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// States lists the states, the most useful first.
func States() []State { return []State{Fresh, Fading, Disputed, Warned, Early, Expired, Revoked} }

// Kinds lists the kinds of plain values.
func Kinds() []Kind {
	return []Kind{"ip", "cidr", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", "asn", "filename", "mac", "mutex", "registry"}
}

// Filter says which indicators; "" is any.
type Filter struct {
	State      State
	Kind       Kind
	Source     string // id of an organisation; Ours for the team
	Value      string // as anybody writes it
	Collection string // id
	Seen       bool   // only what somebody saw
	Page       core.Request
}

// Ours is Filter.Source for what the team gave.
const Ours = "-"

// Found is a page of indicators. Total is how many there are, up to MostCounted.
type Found struct {
	Items []Indicator `json:"items" nullable:"false"`
	Next  core.Cursor `json:"next,omitempty"`
	Total int         `json:"total" doc:"How many there are; 10001 is more than 10000."`
}

// MostCounted is up to where a list is counted.
const MostCounted = 10_000

// stateOf is Judge in SQL, for blocking: ? is now. TestStateInSQL holds one to the other.
const stateOf = `CASE WHEN i.revoked = 1 THEN 'revoked' WHEN i.valid_from > ? THEN 'early'
	WHEN i.valid_until <> 0 AND i.valid_until <= ? OR i.gone > i.seen AND i.gone <= ? THEN 'expired' WHEN i.warned <> '' THEN 'warned'
	WHEN i.wrong > 0 AND i.wrong >= i.sightings THEN 'disputed' WHEN i.ends <= ? THEN 'expired' WHEN i.fades <= ? THEN 'fading' ELSE 'fresh' END = ?`

// clause gathers conditions whose values are written as ?.
type clause struct {
	parts []string
	args  []any
}

func (c *clause) and(text string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.parts = append(c.parts, text)
}

func (c *clause) String() string { return " WHERE " + strings.Join(c.parts, " AND ") }

func (f Filter) clause(now int64) *clause {
	c := &clause{}
	c.and(`EXISTS (SELECT 1 FROM sharing_object o WHERE o.object_id = i.id)`)
	if f.State != "" {
		c.and(stateOf, now, now, now, now, now, string(f.State))
	}
	if f.Kind != "" {
		c.and(`EXISTS (SELECT 1 FROM sharing_indicator_value v WHERE v.indicator = i.id AND v.kind = ?)`, f.Kind)
	}
	switch f.Source {
	case "":
	case Ours:
		c.and(`i.source = ''`)
	default:
		c.and(`i.source = ?`, short(f.Source, 100))
	}
	if v := refang.Replace(strings.TrimSpace(f.Value)); v != "" {
		f.value(c, v)
	}
	if f.Collection != "" {
		c.and(`EXISTS (SELECT 1 FROM sharing_member m WHERE m.collection = ? AND m.object_id = i.id)`, short(f.Collection, 100))
	}
	if f.Seen {
		c.and(`i.sightings > 0`)
	}
	return c
}

// value asks for a value, of whatever kind it may be.
func (f Filter) value(c *clause, text string) {
	if strings.HasPrefix(text, "indicator--") {
		c.and(`i.id = ?`, short(text, 300))
		return
	}
	var marks []string
	var args []any
	for _, k := range Kinds() {
		if v, ok := normal(k, text); ok {
			marks, args = append(marks, "?"), append(args, markOf(Value{k, v}))
		}
	}
	c.and(`EXISTS (SELECT 1 FROM sharing_indicator_value v WHERE v.indicator = i.id AND v.mark IN (`+strings.Join(marks, ", ")+`))`, args...)
}

// List lists indicators, those that came last first. Errors: Forbidden; Invalid for a state, a kind or a cursor that there is not.
func (s *Service) List(ctx context.Context, actor identity.Actor, f Filter) (out Found, err error) {
	if err := actor.Authorise(OpRead, ""); err != nil {
		return out, err
	}
	if err := f.check(); err != nil {
		return out, err
	}
	now := s.o.Clock.Now()
	taken, after := int64(1)<<62, ""
	if _, err := f.Page.After.Into(&taken, &after); err != nil {
		return out, err
	}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		c := f.clause(sqldb.Millis(now))
		err := tx.QueryRow(`SELECT count(*) FROM (SELECT 1 AS one FROM sharing_indicator i`+c.String()+` LIMIT `+strconv.Itoa(MostCounted+1)+`) f`, c.args...).Scan(&out.Total)
		if err != nil {
			return err
		}
		c.and(`(i.taken, i.id) < (?, ?)`, taken, after)
		rest := c.String() + ` ORDER BY i.taken DESC, i.id DESC LIMIT ` + strconv.Itoa(f.Page.Rows()+1)
		list, err := some(tx, now, rest, c.args...)
		p := core.Cut(list, f.Page.Rows(), func(i Indicator) []any { return []any{sqldb.Millis(i.Taken), i.ID} })
		out.Items, out.Next = append([]Indicator{}, p.Items...), p.Next
		return err
	})
	return out, err
}

func (f Filter) check() error {
	if f.State != "" && !has(States(), f.State) {
		return problem.New(problem.Invalid, "there is no state %q: the states are %s", short(string(f.State), 50), join(States()))
	}
	if f.Kind != "" && !has(Kinds(), f.Kind) {
		return problem.New(problem.Invalid, "there is no kind %q: the kinds are %s", short(f.Kind, 50), join(Kinds()))
	}
	return nil
}

func has[T comparable](list []T, v T) bool {
	for _, one := range list {
		if one == v {
			return true
		}
	}
	return false
}

func join[T ~string](list []T) string {
	var b strings.Builder
	for n, v := range list {
		if n > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(v))
	}
	return b.String()
}
