// Serves govmomi's simulated vCenter over TLS, so that the bot is judged by a server that is not its lab.
//
// Prints where it is, who may log in and the SHA-256 of its certificate as JSON, and ends when its input does.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"

	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator" // tags, over REST
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
)

func main() {
	machines := flag.Int("machines", 4, "how many VMs there are; 4 of them have files")
	listen := flag.String("listen", "127.0.0.1:0", "where to listen")
	alone := flag.Bool("host", false, "serve a host that stands alone, with 4 VMs, in place of a vCenter")
	silent := flag.Bool("silent", false, "do not tell anybody what they may do")
	flag.Parse()
	log.SetOutput(io.Discard)
	model := simulator.ESX()
	if !*alone {
		model = simulator.VPX()
		model.Host = 0 // so that the cluster's pool is the only one
	}
	model.Machine = 4
	if err := model.Create(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer model.Remove()
	if !*alone {
		multiply(*machines - model.Machine)
	}
	if *silent {
		content := simulator.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
		manager := new(mo.AuthorizationManager)
		manager.Self = *content.AuthorizationManager
		simulator.Map.Put(manager)
	}
	model.Service.TLS = new(tls.Config)
	model.Service.RegisterEndpoints = true
	model.Service.Listen = &url.URL{Host: *listen, User: url.UserPassword("bot", "simulated")}
	server := model.Service.NewServer() // not closed: that would wait for all calls that wait for updates
	said := map[string]string{
		"host": server.URL.Hostname(), "port": server.URL.Port(), "username": "bot", "password": "simulated",
		"pin": fmt.Sprintf("%x", sha256.Sum256(server.Certificate().Raw)),
	}
	json.NewEncoder(os.Stdout).Encode(said)
	io.Copy(io.Discard, os.Stdin)
}

// multiply adds VMs that are in the inventory and nowhere else: making real ones takes minutes.
func multiply(times int) {
	first := simulator.Map.Any("VirtualMachine").(*simulator.VirtualMachine)
	folder := simulator.Map.Get(*first.Parent).(*simulator.Folder)
	for n := 0; n < times; n++ {
		config, more := *first.Config, &simulator.VirtualMachine{VirtualMachine: first.VirtualMachine}
		config.InstanceUuid = fmt.Sprintf("50000000-0000-4000-8000-%012x", n)
		config.Uuid = fmt.Sprintf("42000000-0000-4000-8000-%012x", n)
		more.Config, more.Name = &config, fmt.Sprintf("copy-%05d", n)
		folder.ChildEntity = append(folder.ChildEntity, simulator.Map.NewEntity(more).Reference())
		simulator.Map.PutEntity(folder, more)
	}
}
