package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/logging"
)

type doctorCmd struct {
	JSON bool `help:"Print JSON."`
}

// diagnosis is the result as JSON.
type diagnosis struct {
	Errors   int           `json:"errors"`
	Warnings int           `json:"warnings"`
	Findings []app.Finding `json:"findings"`
}

// errBroken says that the doctor found something that must be mended; it has been told.
var errBroken = errors.New("something must be mended")

// Run examines the installation: exit code 1 if something is broken, 3 if something deserves a look.
func (c *doctorCmd) Run(s *session) error {
	conf, err := s.config()
	if err != nil {
		return err
	}
	actor, err := identity.OSUser()
	if err != nil {
		return err
	}
	log, err := logging.New(s.err, conf.Log.Level, conf.Log.Format)
	if err != nil {
		return problem.Wrap(problem.Invalid, err, "log in the configuration")
	}
	d := diagnosis{Findings: app.Examine(s.ctx, actor, app.Options{Config: conf, Log: log, Version: release()})}
	for _, f := range d.Findings {
		switch f.Level {
		case app.Broken:
			d.Errors++
		case app.Warning:
			d.Warnings++
		}
	}
	if c.JSON {
		if err := json.NewEncoder(s.out).Encode(d); err != nil {
			return err
		}
	} else {
		s.tellDiagnosis(d)
	}
	switch {
	case d.Errors > 0:
		return errBroken
	case d.Warnings > 0:
		return errPartly
	}
	return nil
}

func (s *session) tellDiagnosis(d diagnosis) {
	for _, f := range d.Findings {
		s.hang(fmt.Sprintf("%-8s %-12s  ", f.Level, f.Check), render.Clean(f.Message, 600))
		if f.Do != "" {
			s.hang(fmt.Sprintf("%21s  -> ", ""), render.Clean(f.Do, 400))
		}
	}
	switch {
	case d.Errors > 0:
		s.printf("\n%s must be mended, %s a look.\n", plural(int64(d.Errors), "thing"), deserve(d.Warnings))
	case d.Warnings > 0:
		s.printf("\nIt works; %s a look.\n", deserve(d.Warnings))
	default:
		s.printf("\nAll is well.\n")
	}
}

func deserve(n int) string {
	if n == 1 {
		return "1 thing deserves"
	}
	return plural(int64(n), "thing") + " deserve"
}
