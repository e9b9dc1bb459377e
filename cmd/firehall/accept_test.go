package main

import (
	"context"
	"path/filepath"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/firehall/firehall/internal/app"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// accept DATA LABEL takes in a report, as if somebody had called, and sets REF to its number.
func accept(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: accept DATA LABEL")
	}
	label, err := tlp.Parse(args[1])
	ts.Check(err)
	c, ctx := config.Default(), context.Background()
	c.Data.Dir = filepath.Clean(ts.MkAbs(args[0]))
	a, err := app.New(ctx, app.Options{Config: c, Log: logging.Discard(), Write: true})
	ts.Check(err)
	r, err := a.Incidents.Accept(ctx, identity.Actor{ID: "os:1", Name: "root", Kind: identity.OSUserKind, Via: "cli"}, incident.Draft{
		Door: incident.Phone, Subject: "A server", Text: "192.0.2.7 sends odd things.", TLP: label, Reporter: incident.Reporter{Name: "Ms Berg", Email: "berg@victim.example"},
	})
	ts.Check(err)
	ts.Check(a.Stop(ctx))
	ts.Setenv("REF", r.Ref)
}
