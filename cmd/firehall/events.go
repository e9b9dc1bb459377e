package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/desk"
)

type eventsCmd struct {
	Query  []string `arg:"" optional:"" help:"For example: class:infected-system asn:64496 org:\"City Hospital\" time:7d"`
	By     []string `help:"Count by these fields (or day, hour), separated by commas." placeholder:"FIELD,..."`
	Fields []string `help:"Columns to show." placeholder:"FIELD,..."`
	Format string   `help:"table, csv, json, ndjson (an object a line) or parquet." default:"table" enum:"table,csv,json,ndjson,parquet"`
	Limit  int      `help:"At most so many rows; 0 is as many as the configuration allows." default:"-1"`
}

// Run answers one question.
func (c *eventsCmd) Run(s *session) error {
	a, actor, stop, err := s.open(false)
	if err != nil {
		return err
	}
	defer stop()
	limit, fields := c.Limit, c.Fields
	if limit < 0 {
		limit = 0
		if c.Format == "table" && len(c.By) == 0 {
			limit = 50
		}
	}
	if len(fields) == 0 && c.Format == "table" && len(c.By) == 0 {
		fields = tableFields(s.width())
	}
	if c.Format != "table" {
		if err := s.taken(a, actor, "events", strings.Join(c.Query, " "), ""); err != nil {
			return err
		}
	}
	out := bufio.NewWriterSize(s.out, 64<<10)
	sum, err := a.Desk.Events(s.ctx, actor, desk.EventQuery{
		Text: strings.Join(c.Query, " "), By: c.By, Fields: fields, Limit: limit, Format: c.Format,
	}, out)
	if err != nil {
		return err
	}
	if sum.Truncated {
		_, _ = fmt.Fprintln(s.err, "firehall: there is more: the answer was cut at query.max_rows of the configuration")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if sum.Rows == 0 && c.Format == "table" {
		_, _ = fmt.Fprintln(s.err, "No event fits.")
	}
	if c.Limit < 0 && limit > 0 && sum.Rows == int64(limit) {
		_, _ = fmt.Fprintf(s.err, "The newest %d; --limit N shows more, --by FIELD counts all.\n", limit)
	}
	return nil
}

// tableFields are the columns of a table if nobody names any: what a line has room for.
func tableFields(width int) []string {
	if width < wide {
		return []string{"time", "class", "source.ip", "organisation"}
	}
	return []string{"time", "class", "identifier", "source.ip", "source.port", "source.asn", "organisation"}
}
