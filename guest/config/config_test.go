package config

import (
	"strings"
	"testing"
	"time"
)

const container = `{"version":1,"role":"container","root":{"target":0},"process":{"args":["sh"]},"future":1`

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	for given, want := range map[string]string{
		``:                              "unexpected end",
		`{"version":2}`:                 "version 2",
		`{"version":1,"role":"x"}`:      `role "x"`,
		`{"version":1,"role":"worker"}`: "link is missing",
		`{"version":1,"role":"container","process":{"args":["sh"]}}`:                 "root is missing",
		`{"version":1,"role":"container","root":{"target":0}}`:                       "process.args is empty",
		`{"version":1,"role":"container","root":{"target":0},"process":{"args":[]}}`: "process.args is empty",
		container + `,"networks":[{"name":"a"}]}`:                                    "networks[0]: mac is missing",
		container + `,"networks":[{"mac":"m","address":"1.2.3.4"}]}`:                 "networks[0]: address",
		container + `,"networks":[{"mac":"m","address":"1.2.3.4/8","gateway":"x"}]}`: "networks[0]: gateway",
	} {
		if _, err := Parse([]byte(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestStopTimeoutIsDockersWhereLeftOut(t *testing.T) {
	for given, want := range map[string]time.Duration{
		container + `}`: 10 * time.Second, container + `,"stopTimeoutSeconds":0}`: 0, container + `,"stopTimeoutSeconds":3}`: 3 * time.Second,
	} {
		c, err := Parse([]byte(given))
		if err != nil || c.StopTimeout() != want {
			t.Errorf("%s: %v", given, err)
		}
	}
}
