package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// Group is how many events have the same values.
type Group struct {
	Values []string // in the order of EventQuery.By; empty where the events have none
	Count  int64
}

// Count counts events by q.By, the most frequent first.
func (d *Desk) Count(ctx context.Context, actor identity.Actor, q EventQuery) ([]Group, error) {
	var text bytes.Buffer
	q.Format = "json"
	if _, err := d.Events(ctx, actor, q, &text); err != nil {
		return nil, err
	}
	var rows []map[string]any
	dec := json.NewDecoder(&text)
	dec.UseNumber()
	if err := dec.Decode(&rows); err != nil {
		return nil, problem.Wrap(problem.Internal, err, "read the counts")
	}
	out := make([]Group, len(rows))
	for i, row := range rows {
		for _, name := range q.By {
			v := ""
			if x := row[name]; x != nil {
				v = fmt.Sprint(x)
			}
			out[i].Values = append(out[i].Values, v)
		}
		n, _ := row["count"].(json.Number)
		out[i].Count, _ = n.Int64()
	}
	return out, nil
}
