package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/firehall/firehall/internal/app"
)

type eventsCmd struct {
	Query  []string `arg:"" optional:"" help:"For example: class:infected-system asn:64496 org:\"City Hospital\" time:7d"`
	By     []string `help:"Count by these fields (or day, hour), separated by commas." placeholder:"FIELD,..."`
	Fields []string `help:"Columns to show." placeholder:"FIELD,..."`
	Format string   `help:"table, csv, json or parquet." default:"table" enum:"table,csv,json,parquet"`
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
		fields = []string{"time.source", "classification.type", "classification.identifier", "source.ip", "source.port", "source.asn", "attribution.organisation"}
	}
	out := bufio.NewWriterSize(s.out, 64<<10)
	sum, err := a.Events(s.ctx, actor, app.EventQuery{
		Text: strings.Join(c.Query, " "), By: c.By, Fields: fields, Limit: limit, Format: c.Format,
	}, out)
	if err != nil {
		return err
	}
	if sum.Truncated {
		_, _ = fmt.Fprintln(s.err, "firehall: there is more: the answer was cut at query.max_rows of the configuration")
	}
	return out.Flush()
}
