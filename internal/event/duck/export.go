package duck

import (
	"context"

	"github.com/firehall/firehall/internal/event/query/answer"
	"github.com/firehall/firehall/internal/event/query/plan"
)

// Export answers a request for rows of any number. The engine holds an answer
// whole before it gives the first row, so one that would not fit is asked for in
// parts; the rows then come in no order, for which reason a request with Sort is
// not cut. Errors are Query's; the deadline is each part's.
func (c *Client) Export(ctx context.Context, r plan.Request, sink answer.Sink) (Summary, error) {
	p, err := plan.Make(r)
	if err != nil || p.Empty {
		return Summary{}, err
	}
	fitting := c.o.Memory / 4 / p.RowBytes()
	if len(r.Sort) > 0 || r.Count || len(r.By) > 0 || r.Limit > 0 && int64(r.Limit) <= fitting || p.Rows <= fitting {
		return c.Query(ctx, p, sink)
	}
	n, err := c.count(ctx, r)
	if err != nil {
		return Summary{}, err
	}
	if n <= fitting {
		return c.Query(ctx, p, sink)
	}
	pieces, err := plan.Slices(r, fitting)
	if err != nil {
		return Summary{}, err
	}
	return c.exportParts(ctx, pieces, r.Limit, sink)
}

// count is the number of events that the request means.
func (c *Client) count(ctx context.Context, r plan.Request) (n int64, err error) {
	r.Count, r.Limit = true, 0
	p, err := plan.Make(r)
	if err != nil {
		return 0, err
	}
	_, err = c.Query(ctx, p, func(b *answer.Batch) error {
		if b.N > 0 {
			n = b.Columns[0].Ints[0]
		}
		return nil
	})
	return n, err
}

func (c *Client) exportParts(ctx context.Context, pieces []plan.Request, limit int, sink answer.Sink) (total Summary, err error) {
	for _, r := range pieces {
		if limit > 0 {
			r.Limit = limit - int(total.Rows)
			if r.Limit <= 0 {
				break
			}
		}
		p, err := plan.Make(r)
		if err != nil {
			return total, err
		}
		sum, err := c.Query(ctx, p, sink)
		total.Rows += sum.Rows
		total.Truncated = total.Truncated || sum.Truncated
		total.Waited, total.Started, total.Took = total.Waited+sum.Waited, total.Started+sum.Started, total.Took+sum.Took
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
