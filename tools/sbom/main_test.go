package main

import (
	"runtime/debug"
	"testing"
)

func someInfo() *debug.BuildInfo {
	return &debug.BuildInfo{
		GoVersion: "go1.26.0",
		Main:      debug.Module{Path: "example.com/app", Version: "v1.0.0"},
		Deps: []*debug.Module{
			{Path: "example.com/lib", Version: "v1.2.3", Sum: "h1:abc"},
			{Path: "example.com/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/new", Version: "v2.0.0"}},
		},
	}
}

func TestDescribe(t *testing.T) {
	d := describe(someInfo())
	want := []string{"pkg:golang/std@go1.26.0", "pkg:golang/example.com/lib@v1.2.3", "pkg:golang/example.com/new@v2.0.0"}
	if len(d.Components) != len(want) {
		t.Fatalf("%d components, want %d", len(d.Components), len(want))
	}
	for i, c := range d.Components {
		if c.PURL != want[i] || c.Ref != want[i] {
			t.Errorf("component %d is %s, want %s", i, c.PURL, want[i])
		}
	}
	if d.Metadata.Component.Type != "application" || d.Metadata.Component.Name != "example.com/app" {
		t.Errorf("the subject is %+v", d.Metadata.Component)
	}
}

func TestSerialFollowsTheContent(t *testing.T) {
	first, again := describe(someInfo()), describe(someInfo())
	if first.SerialNumber != again.SerialNumber {
		t.Error("the same binary has two serial numbers")
	}
	other := someInfo()
	other.Deps = other.Deps[:1]
	if describe(other).SerialNumber == first.SerialNumber {
		t.Error("two binaries have one serial number")
	}
}
