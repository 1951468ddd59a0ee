package main

import (
	"context"
	"encoding/xml"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

type world struct {
	WorldID  int64  `xml:"WorldID"`
	CartelID int64  `xml:"VMXCartelID"`
	UUID     string `xml:"UUID"`
	Name     string `xml:"DisplayName"`
	File     string `xml:"ConfigFile"`
}

// govmomi keeps its own types of these two calls to itself.
type onObject struct {
	This types.ManagedObjectReference `xml:"_this"`
}

type executer struct {
	Req *onObject `xml:"urn:vim25 RetrieveManagedMethodExecuter"`
	Res *struct {
		Returnval *types.ManagedObjectReference `xml:"returnval"`
	} `xml:"urn:vim25 RetrieveManagedMethodExecuterResponse"`
	Failed *soap.Fault `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault"`
}

func (e *executer) Fault() *soap.Fault { return e.Failed }

type command struct {
	onObject
	Moid    string `xml:"moid"`
	Version string `xml:"version"`
	Method  string `xml:"method"`
}

type execution struct {
	Req *command `xml:"urn:vim25 ExecuteSoap"`
	Res *struct {
		Returnval struct {
			Response string `xml:"response"`
		} `xml:"returnval"`
	} `xml:"urn:vim25 ExecuteSoapResponse"`
	Failed *soap.Fault `xml:"http://schemas.xmlsoap.org/soap/envelope/ Fault"`
}

func (e *execution) Fault() *soap.Fault { return e.Failed }

// worlds is `esxcli vm process list` of a host.
func worlds(ctx context.Context, client *vim25.Client, host types.ManagedObjectReference) ([]world, error) {
	made := executer{}
	if err := client.RoundTrip(ctx, &executer{Req: &onObject{host}}, &made); err != nil {
		return nil, err
	}
	done := execution{}
	asked := execution{Req: &command{
		onObject: onObject{*made.Res.Returnval},
		Moid:     "ha-cli-handler-vm-process",
		Version:  "urn:vim25/5.0",
		Method:   "vim.EsxCLI.vm.process.list",
	}}
	if err := client.RoundTrip(ctx, &asked, &done); err != nil {
		return nil, err
	}
	var found struct {
		Objects []world `xml:"DataObject"`
	}
	err := xml.Unmarshal([]byte(done.Res.Returnval.Response), &found)
	return found.Objects, err
}
