// Fetches a picture of this page as a file of its own type: the server does not name that of AVIF files.

export async function fetchPicture(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error("The picture is no longer on the server; make or load it again.");
  const blob = await reply.blob();
  const name = decodeURIComponent(new URL(address, location.href).pathname.split("/").pop()) || "picture.png";
  const extension = name.match(/\.(\w+)$/)?.[1].toLowerCase().replace("jpg", "jpeg") ?? "png";
  return new File([blob], name, { type: blob.type.startsWith("image/") ? blob.type : `image/${extension}` });
}
