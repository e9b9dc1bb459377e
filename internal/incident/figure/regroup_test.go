package figure

import (
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"pgregory.net/rapid"
)

// regroup lists what is done with incidents beside each other: merged, split, and both undone.
func (c *chaos) regroup(t *testing.T, rt *rapid.T, who identity.Actor, one string) []func() error {
	ctx, s := t.Context(), c.team.incidents
	other := rapid.SampledFrom(c.incidents).Draw(rt, "another incident")
	list := []func() error{func() error { return only(s.MergeIncident(ctx, who, one, other, "the same")) }}
	if merged := c.rows(t, `SELECT id, '' FROM incident WHERE merged_into <> '' ORDER BY id`); len(merged) > 0 {
		back := rapid.SampledFrom(merged).Draw(rt, "merged")
		list = append(list, func() error { return s.UnmergeIncident(ctx, who, back[0], "not the same") })
	}
	if linked := c.rows(t, `SELECT DISTINCT k.root, l.report FROM incident_link l JOIN incident k ON k.id = l.incident WHERE l.alert = 0 ORDER BY 1, 2`); len(linked) > 0 {
		off := rapid.SampledFrom(linked).Draw(rt, "split off")
		list = append(list, func() error { return c.split(t, who, off[0], off[1]) })
	}
	if made := c.rows(t, `SELECT target, '' FROM incident_split WHERE undone = 0 ORDER BY id`); len(made) > 0 {
		back := rapid.SampledFrom(made).Draw(rt, "split")
		list = append(list, func() error { return s.UnsplitIncident(ctx, who, back[0], "no other") })
	}
	return list
}

func (c *chaos) split(t *testing.T, who identity.Actor, one, report string) error {
	made, err := c.team.incidents.SplitIncident(t.Context(), who, one, incident.Splitting{Title: "Half", Reports: []string{report}, Why: "another"})
	if err == nil {
		c.incidents = append(c.incidents, made.ID)
	}
	return err
}

// linked tells whether a report is linked to an incident already, or to what that was merged into: to link it again changes nothing, and is not on record.
func (c *chaos) linked(t *testing.T, one, report string) bool {
	return len(c.rows(t, `SELECT l.incident, l.report FROM incident_link l JOIN incident i ON i.root = l.incident WHERE i.id = $1 AND l.report = $2 AND l.alert = 0`, one, report)) > 0
}

func (c *chaos) rows(t *testing.T, ask string, args ...any) (list [][2]string) {
	t.Helper()
	err := c.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		list = nil
		return tx.Each(ask, args, func(scan func(...any) error) error {
			var row [2]string
			err := scan(&row[0], &row[1])
			list = append(list, row)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
