package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// clickTimes is how often each click is repeated to find out what it costs.
const clickTimes = 20

// clicksPoint has one person click at a server over many events, one click after the other, and tells what each costs: what the processors
// of a machine are busy with, whoever else uses them.
func clicksPoint(ctx context.Context, h *house) (t table, err error) {
	data, rows, err := h.manyData(ctx)
	if err != nil {
		return t, err
	}
	seen, err := h.settle(ctx, data)
	if err != nil {
		return t, err
	}
	s, err := h.serve(ctx, data)
	if err != nil {
		return t, err
	}
	t = table{
		title: fmt.Sprintf("What a click costs over %s events", thousands(rows)),
		head:  []string{"a click at", "of a hundred", "the first: time", "and processors", "each further: time", "and processors"},
	}
	err = h.tryClicks(ctx, &t, &crowd{server: s, seen: seen}, data)
	_, stopped := s.stop()
	t.note("`firehall serve` in a process of its own, one person, one click after the other; processors are those of the server and its query engines. Look-ups are each of another address.")
	return t, errors.Join(err, stopped)
}

func (h *house) tryClicks(ctx context.Context, t *table, c *crowd, data string) error {
	b, err := h.enter(ctx, c.server, data)
	if err != nil {
		return err
	}
	r, all := rand.New(rand.NewPCG(1, 1)), 0.0 //nolint:gosec // which addresses need be no secret
	cost := func(k click, times int) (wall, processors float64, err error) {
		begun, before := time.Now(), treeBusy(c.server.cmd.Process.Pid)
		for range times {
			if err := c.ask(ctx, b, k.paths(r, c.seen)); err != nil {
				return 0, 0, err
			}
		}
		n := float64(times) * 1e6
		return float64(time.Since(begun)) / n, float64(treeBusy(c.server.cmd.Process.Pid)-before) / n, nil
	}
	ms := func(v float64) string { return fmt.Sprintf("%.1f ms", v) }
	for _, k := range clicks {
		wall1, processors1, err := cost(k, 1)
		if err != nil {
			return err
		}
		wall, processors, err := cost(k, clickTimes)
		if err != nil {
			return err
		}
		all += processors * float64(k.share) / 100
		t.add(k.name, fmt.Sprint(k.share), ms(wall1), ms(processors1), ms(wall), ms(processors))
	}
	t.add("**the usual mix**", "100", "", "", "", ms(all))
	return nil
}
